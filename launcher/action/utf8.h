/* utf8.h - texts that come from guests and strangers need not be UTF-8 */
#ifndef QAMI_ACTION_UTF8_H
#define QAMI_ACTION_UTF8_H

#include <stddef.h>

/* How many bytes the character at the beginning of a text has; 0 where there
 * is none: a stray byte, an overlong form, half of a pair. 1 at the NUL. */
size_t utf8_size(const char *text);

/* What stands for such a byte in JSON and XML, which must be UTF-8. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

#endif
