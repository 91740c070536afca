/* inherit.h - what a new image takes over from the instance that it is of */
#ifndef QAMI_BUNDLE_TOOL_INHERIT_H
#define QAMI_BUNDLE_TOOL_INHERIT_H

#include "bundle/tool/tool.h"

/* Asks the metadata service for kernel, ramdisk, mapping, product codes and
 * ancestors, where the user gave none; the texts are in the arena. Where there
 * is no service nothing is inherited, unless --inherit insists: FAULT_HOST. */
bool tool_inherit(const struct tool_args *args, struct arena *arena,
		  struct manifest *about, struct error *err) must_check;

#endif
