/* member.h - members of a JSON object by name
 *
 * For parameters that were checked against their rows, and for what was made of
 * them: a member is there and of its type, or it is absent. What a getter
 * returns is borrowed from the object, which may be NULL.
 */
#ifndef QAMI_IMAGES_MEMBER_H
#define QAMI_IMAGES_MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The fallback where there is no such member. */
const char *arg_str(const json_t *object, const char *name,
		    const char *fallback);
int64_t arg_int(const json_t *object, const char *name, int64_t fallback);
bool arg_bool(const json_t *object, const char *name, bool fallback);
double arg_double(const json_t *object, const char *name, double fallback);

#endif
