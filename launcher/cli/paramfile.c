/* paramfile.c - reading the file that stands for a value */
#include "launcher/cli/paramfile.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/file.h"

#define PARAMFILE_MOST (64u << 20)

enum paramfile paramfile_kind(const char *text)
{
	if (strncmp(text, "file://", 7) == 0)
		return PARAMFILE_TEXT;
	if (strncmp(text, "fileb://", 8) == 0)
		return PARAMFILE_BINARY;
	return PARAMFILE_NONE;
}

/* Appends what $NAME or ${NAME} stands for and returns how long it is; 0 when
 * there is no such variable, which leaves the text as it is. */
static size_t expand_variable(const char *text, struct buf *path)
{
	bool braced = text[1] == '{';
	const char *name = text + 1 + braced;
	size_t size = 0;
	const char *value;
	char copy[128];

	while (isalnum((unsigned char)name[size]) || name[size] == '_')
		size++;
	if (!size || size >= sizeof(copy) || (braced && name[size] != '}'))
		return 0;
	memcpy(copy, name, size);
	copy[size] = 0;
	value = getenv(copy);
	if (!value)
		return 0;
	buf_str(path, value);
	return 1 + size + (braced ? 2 : 0);
}

static void expand(const char *text, struct buf *path)
{
	const char *home = getenv("HOME");

	if (text[0] == '~' && (text[1] == '/' || !text[1]) && home) {
		buf_str(path, home);
		text++;
	}
	while (*text) {
		size_t skip = *text == '$' ? expand_variable(text, path) : 0;

		if (!skip)
			buf_char(path, *text);
		text += skip ? skip : 1;
	}
}

bool text_valid(const char *data, size_t size)
{
	json_t *text = json_stringn(data, size);
	bool valid = text && !memchr(data, 0, size);

	json_decref(text);
	return valid;
}

bool paramfile_read(const char *text, bool binary, struct buf *ret_data,
		    struct buf *complaint)
{
	static const size_t prefixes[] = {
		[PARAMFILE_NONE] = 0,
		[PARAMFILE_TEXT] = sizeof("file://") - 1,
		[PARAMFILE_BINARY] = sizeof("fileb://") - 1,
	};
	struct error err = { 0 };
	auto_buf path = BUF_INIT;

	expand(text + prefixes[paramfile_kind(text)], &path);
	if (!file_read(buf_text(&path), PARAMFILE_MOST, ret_data, &err)) {
		buf_printf(complaint, "Unable to load paramfile %s: %s", text,
			   err.text);
		return false;
	}
	if (binary || !ret_data->size ||
	    text_valid(ret_data->data, ret_data->size))
		return true;
	buf_printf(complaint,
		   "Unable to load paramfile (%s), text contents could not be "
		   "decoded.  If this is a binary file, please use the "
		   "fileb:// prefix instead of the file:// prefix.",
		   buf_text(&path));
	return false;
}
