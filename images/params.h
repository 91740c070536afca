/* params.h - what several calls' parameters have in common, read
 *
 * Parameters are a JSON object under the SDK's names that was checked against
 * an action's row, whether the call is still there or they were kept for later
 * (images/template.h).
 */
#ifndef QAMI_IMAGES_PARAMS_H
#define QAMI_IMAGES_PARAMS_H

#include "images/member.h"
#include "images/image.h"

/* A list of texts; *ret_texts is NULL when it is absent. */
bool args_texts(const json_t *list, struct arena *arena,
		const char *const **ret_texts, size_t *ret_count,
		struct error *err) must_check;

/* What a member "Encrypted" says; NULL: nothing. */
enum encrypt_wish arg_encrypt(const json_t *said);

/* Reads a list of mappings; texts are the args', the array is the arena's. */
bool args_mappings(const json_t *list, struct arena *arena,
		   const struct mapping **ret_mappings, size_t *ret_count,
		   struct error *err) must_check;

/* A list of tags, each a key and a value. */
bool args_pairs(const json_t *list, struct arena *arena,
		const struct pair **ret_tags, size_t *ret_count,
		struct error *err) must_check;

/* The tags that TagSpecifications give for one type of resource ("image").
 * FAULT_INVALID_PARAMETER for a type that is not in `types`, "a|b|c". */
bool args_tags(const json_t *list, const char *type, const char *types,
	       struct arena *arena, const struct pair **ret_tags,
	       size_t *ret_count, struct error *err) must_check;

#endif
