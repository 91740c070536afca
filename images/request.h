/* request.h - what an image will be, as JSON for the journal */
#ifndef QAMI_IMAGES_REQUEST_H
#define QAMI_IMAGES_REQUEST_H

#include <jansson.h>

#include "images/image.h"

/* The request with its id as one object; NULL when memory ran out. */
json_t *request_pack(const struct image_request *request, const char *id);

/* The other way round: texts are the JSON's, arrays the arena's. */
bool request_unpack(const json_t *json, struct arena *arena,
		    struct image_request *ret_request, const char **ret_id,
		    struct error *err) must_check;

/* Tags as an object, and back. */
json_t *tags_pack(const struct pair *tags, size_t count);
bool tags_unpack(const json_t *json, struct arena *arena,
		 const struct pair **ret_tags, size_t *ret_count,
		 struct error *err) must_check;

#endif
