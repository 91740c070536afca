/* shorthand.h - the AWS CLI's short notation: A=b,C=[d,e],F={G=h} */
#ifndef QAMI_CLI_SHORTHAND_H
#define QAMI_CLI_SHORTHAND_H

#include <jansson.h>

#include "images/base/buf.h"

/* Parses one value into an object of strings, arrays and objects; types are
 * the caller's business. NULL with a sentence, the text and a mark under the
 * place where it went wrong, in the complaint. `Key@=file://x` reads the file
 * (as base64 with fileb://). */
json_t *shorthand_parse(const char *text, struct buf *complaint);

#endif
