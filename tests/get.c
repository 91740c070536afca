/* get PATH - one value out of JSON on stdin: get Images.0.ImageId
 *
 * Shell tests ask for hundreds of them, and an interpreter takes longer to
 * start than most of what they look at. A member is said by its name, one of a
 * list by its number, from its end if that is negative. Texts are printed as
 * they are, true, false and null as clients print them with --output text, the
 * rest as JSON.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const json_t *step_into(const json_t *value, const char *step)
{
	long at;
	char *end;

	if (!json_is_array(value))
		return json_object_get(value, step);
	at = strtol(step, &end, 10);
	if (end == step || *end)
		return NULL;
	if (at < 0)
		at += (long)json_array_size(value);
	return at < 0 ? NULL : json_array_get(value, (size_t)at);
}

static int print(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return fputs(json_string_value(value), stdout);
	case JSON_TRUE:
		return fputs("True", stdout);
	case JSON_FALSE:
		return fputs("False", stdout);
	case JSON_NULL:
		return fputs("None", stdout);
	default:
		return json_dumpf(value, stdout,
				  JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	}
}

int main(int argc, char **argv)
{
	json_error_t error;
	const json_t *value;
	json_t *all;

	if (argc != 2) {
		fputs("usage: get PATH <JSON\n", stderr);
		return 2;
	}
	all = json_loadf(stdin, JSON_DECODE_ANY, &error);
	if (!all) {
		fprintf(stderr, "get %s: %s\n", argv[1], error.text);
		return 1;
	}
	value = all;
	for (char *path = argv[1], *step; (step = strsep(&path, "."));) {
		value = step_into(value, step);
		if (value)
			continue;
		fprintf(stderr, "get: there is no %s in %.800s\n", step,
			json_dumps(all, JSON_ENCODE_ANY));
		return 1;
	}
	if (print(value) < 0 || putchar('\n') < 0 || fflush(stdout) != 0)
		return 1;
	json_decref(all);
	return 0;
}
