/* hostile.c - texts from disks that nobody trusts, made printable before
 * anybody sees them */
#include "launcher/domain/hostile.h"

#include "images/base/buf.h"

void hostile_text(json_t *object, const char *name, const char *bytes,
		  size_t most)
{
	auto_buf text = BUF_INIT, plain = BUF_INIT;
	json_t *value;

	for (size_t i = 0; bytes && bytes[i] && i < most; i++) {
		unsigned char c = (unsigned char)bytes[i];
		bool control = c < 0x20 || c == 0x7f || c == '\\';

		buf_printf(&text, control ? "\\x%02x" : "%c", c);
		buf_printf(&plain, control || c > 0x7f ? "\\x%02x" : "%c", c);
	}
	if (!text.size)
		return;
	value = json_string(buf_text(&text));
	if (!value)
		value = json_string(buf_text(&plain));
	json_object_set_new(object, name, value);
}
