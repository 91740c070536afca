/* paramfile.h - "file://PATH" and "fileb://PATH" where a value is expected
 *
 * A request's body is named by its path alone as well.
 */
#ifndef QAMI_CLI_PARAMFILE_H
#define QAMI_CLI_PARAMFILE_H

#include <stdbool.h>

#include "images/base/buf.h"

enum paramfile { PARAMFILE_NONE, PARAMFILE_TEXT, PARAMFILE_BINARY };

/* Whether a text names a file, and how it is to be read. */
enum paramfile paramfile_kind(const char *text);

/* Reads the file that such a text, or a path alone, names; `~` and $NAME in its
 * path are the environment's. Unless it is `binary` it must be a text. On
 * failure the sentence is appended to the complaint. */
bool paramfile_read(const char *text, bool binary, struct buf *ret_data,
		    struct buf *complaint);

/* Whether bytes are UTF-8 without a NUL, which is what a text must be. */
bool text_valid(const char *data, size_t size);

#endif
