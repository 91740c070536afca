/* volume.h - a volume in a reply */
#ifndef QAMI_ACTION_NOUN_VOLUME_H
#define QAMI_ACTION_NOUN_VOLUME_H

#include "images/call.h"
#include "images/registry/volume.h"
#include "launcher/action/reply.h"

/* One attachment, as AttachVolume and DescribeVolumes show it. */
void reply_attachment(const struct attachment *attachment, struct node *into);

bool reply_volume(struct call *call, const struct volume *volume,
		  struct node *into, struct error *err) must_check;

#endif
