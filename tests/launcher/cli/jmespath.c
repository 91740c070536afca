/* jmespath.c - JMESPath's own compliance suite
 *
 * npm's package jmespath has it, which make check-clients fetches. Each file is
 * a list of documents with expressions and what they make of them.
 */
#include <assert.h>
#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/cli/query-private.h"
#include "launcher/cli/render.h"

static int passed, failed;

/* 4 and 4.0 are one number, as in JSON. */
static bool same(const json_t *a, const json_t *b)
{
	const char *name;
	json_t *value;
	size_t i;

	if (json_is_number(a) && json_is_number(b))
		return fabs(json_number_value(a) - json_number_value(b)) < 1e-9;
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_array(a)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach((json_t *)(uintptr_t)a, i, value)
			if (!same(value, json_array_get(b, i)))
				return false;
		return true;
	}
	if (!json_is_object(a))
		return json_equal(a, b);
	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)(uintptr_t)a, name, value)
		if (!json_object_get(b, name) ||
		    !same(value, json_object_get(b, name)))
			return false;
	return true;
}

/* What we make of it; NULL: an error. */
static json_t *evaluate(const json_t *given, const char *expression)
{
	struct error err = { 0 };
	struct reply reply;
	struct query query = { &reply, "", &err };
	const struct node *node;
	json_t *result = NULL;
	char *text = NULL;
	size_t size;
	FILE *out;

	assert(reply_init(&reply, &err));
	*reply.root = *query_json(&query, given);
	reply.root->reply = &reply;
	if (query_check(expression, &err) &&
	    query_run(expression, &reply, &node, &err)) {
		out = open_memstream(&text, &size);
		assert(out);
		render_compact(node, out);
		fclose(out);
		result = json_loads(text, JSON_DECODE_ANY, NULL);
		assert(result);
		free(text);
	}
	reply_done(&reply);
	return result;
}

static void run_case(const char *file, const json_t *given, const json_t *one)
{
	const char *expression =
		json_string_value(json_object_get(one, "expression"));
	const json_t *want = json_object_get(one, "result");
	json_t *got;

	if (!want && !json_object_get(one, "error"))
		return; /* only to be timed */
	got = evaluate(given, expression);
	if (want ? got && same(got, want) : !got) {
		passed++;
	} else {
		failed++;
		printf("%s: %s\nwant: ", file, expression);
		json_dumpf(want ? want : json_object_get(one, "error"), stdout,
			   JSON_ENCODE_ANY);
		printf("\ngot:  ");
		if (got)
			json_dumpf(got, stdout, JSON_ENCODE_ANY);
		putchar('\n');
	}
	json_decref(got);
}

static void run_file(const char *dir, const char *name)
{
	json_error_t problem;
	json_t *groups, *group, *one;
	char path[8192];
	size_t i, j;

	assert(snprintf(path, sizeof(path), "%s/%s", dir, name) > 0);
	groups = json_load_file(path, JSON_DECODE_ANY, &problem);
	if (!groups)
		fprintf(stderr, "%s: %s\n", path, problem.text);
	assert(groups);
	json_array_foreach(groups, i, group)
		json_array_foreach(json_object_get(group, "cases"), j, one)
			run_case(name, json_object_get(group, "given"), one);
	json_decref(groups);
}

/* Where the suite is, if it is there. */
static bool find_suite(glob_t *found)
{
	static const char inside[] = "jmespath-*/package/test/compliance";
	const char *suite = getenv("JMESPATH_SUITE");
	const char *ours = getenv("QAMI_CACHE");
	const char *cache = getenv("XDG_CACHE_HOME");
	char pattern[4096];

	if (suite)
		snprintf(pattern, sizeof(pattern), "%s", suite);
	else
		snprintf(pattern, sizeof(pattern), "%s%s/%s",
			 ours  ? ours :
			 cache ? cache :
				 "",
			 ours ? "" : "/qami", inside);
	return glob(pattern, 0, NULL, found) == 0;
}

int main(void)
{
	struct dirent *entry;
	glob_t found;
	DIR *dir = find_suite(&found) ? opendir(found.gl_pathv[0]) : NULL;

	if (!dir) {
		puts("needs npm's package jmespath, which has the suite: "
		     "make check-clients");
		return 77;
	}
	while ((entry = readdir(dir)))
		if (fnmatch("*.json", entry->d_name, 0) == 0)
			run_file(found.gl_pathv[0], entry->d_name);
	closedir(dir);
	globfree(&found);
	printf("%d of %d cases pass\n", passed, passed + failed);
	return failed || passed < 800;
}
