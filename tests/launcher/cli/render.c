/* render.c - our JSON, text, table and YAML against the AWS CLI's own, byte by
 * byte
 *
 * Writes trees (fixed ones and ones drawn from a fixed seed) and what we make
 * of them; render.py makes the same with the package awscli and compares.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/cli/query-private.h"
#include "launcher/cli/render.h"

static const char *const fixed[] = {
	"{}",
	"{\"Images\": []}",
	"{\"Return\": true}",
	"{\"A\": \"x\"}",
	"{\"A\": {}}",
	"{\"A\": \"x\", \"B\": 1}",
	"{\"Images\": [{\"ImageId\": \"ami-1\", \"Public\": false, "
	"\"Tags\": [{\"Key\": \"Name\", \"Value\": \"web\"}]}]}",
	"{\"Images\": [{\"ImageId\": \"ami-1\"}, {\"Name\": \"n\"}]}",
	"{\"L\": [\"a\", \"b\", \"\"]}",
	"{\"L\": [[\"a\", \"b\"], [\"c\", \"d\"]]}",
	"{\"L\": [[\"a\", [\"b\", \"c\"]], [\"d\"]]}",
	"{\"Caf\\u00e9\": \"\\u00e9\\u4e2d\\ud83d\\ude00\"}",
	"{\"T\": \"a\\tb\\nc\\u0001\\u007f\\\"\\\\/\"}",
	"{\"N\": null, \"M\": [null, 1]}",
	"{\"F\": [0.0, 4.0, 2.3, 0.1, 1e15, 1e16, 123456789.125, 1e-4, 1e-5, "
	"-0.5, 1e22, 1.5e300]}",
	"{\"A\": 0}",
	"{\"A\": \"\"}",
	"{\"S\": {\"T\": {\"U\": {\"V\": [{\"W\": 1}, {\"W\": 2}]}}}}",
	"{\"OneVeryLongMemberNameThatIsWiderThanMostTerminalsAre\": \"and a "
	"value that is longer still, so that it must be turned upright\", "
	"\"Another\": \"one\"}",
};

/* The type of a member goes with its name, as in every real answer. */
static json_t *draw(int depth);

static json_t *draw_text(void)
{
	static const char *const texts[] = {
		"",
		"x",
		"ami-0123456789abcdef0",
		"two words",
		"\xc3\xa4",
		"\xe4\xb8\xad\xe6\x96\x87",
		"a,b",
		"2026-11-21T01:02:03+00:00",
		"a much longer text than the others, as descriptions are",
	};

	return json_string(texts[rand() % 9]);
}

static json_t *draw_member(char kind, int depth)
{
	json_t *list;
	int count = rand() % 4;

	switch (kind) {
	case 'I':
		return json_integer(rand() % 1000 - 100);
	case 'B':
		return json_boolean(rand() % 2);
	case 'F':
		return json_real((rand() % 1000) / 8.0);
	case 'T':
	case 'L':
		list = json_array();
		while (count-- > 0)
			json_array_append_new(list, kind == 'T' ?
							    draw_text() :
							    draw(depth - 1));
		return list;
	case 'D':
		return draw(depth - 1);
	default:
		return draw_text();
	}
}

static json_t *draw(int depth)
{
	static const char *const names[] = {
		"Sname", "State",  "Iops",    "Bool", "Float",
		"Texts", "Things", "List",    "Data", "Snapshot",
		"Size",	 "Iota",   "Ddevice",
	};
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char kind = names[i][0];

		if (rand() % 2 || ((kind == 'L' || kind == 'D') && depth == 0))
			continue;
		json_object_set_new(object, names[i], draw_member(kind, depth));
	}
	return object;
}

/* Texts that YAML could take for something else, or must break or quote. */
static json_t *draw_hostile(void)
{
	static const char *const pieces[] = {
		"a", "b", "word", "x y", " ", "  ", "\n", "\n\n", "\t", "\r", ":",
		": ", " #", "#", "-", "- ", "?", "? ", "'", "\"", "\\", "[", "]",
		"{", "}", ",", "&", "*", "!", "|", ">", "%", "@", "`", "=", "<",
		"<<", "~", "null", "Null", "true", "False", "yes", "No", "on",
		"0", "1", "12", "0x1f", "0o17", "017", "0b11", "1_000", "_", "+",
		".", ".5", "1.", "1e3", "e", "E-2", ".inf", ".nan", ".NaN",
		"2026-11-21", "T01:02:03", "Z", "+00:00", "+1", "-5:30", " 1:2:3",
		"2026-1-2", "01:02:03", ".25", "---", "...", "\xc3\xa4",
		"\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\x01", "\x1b", "\x7f",
		"\xc2\x85", "\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\xa9",
		"\xef\xbb\xbf", "\xee\x80\x80",
		"a line that is long enough to be broken somewhere near its end",
		"onewordwithoutablankthatislongerthanwhatalinemayholdandmoreover"
		"goesonabitfurther",
	};
	char text[2048] = "";
	int count = rand() % 8;

	while (count-- > 0)
		strcat(text, pieces[(size_t)rand() %
				    (sizeof(pieces) / sizeof(*pieces))]);
	return json_string(text);
}

static json_t *draw_hostile_tree(void)
{
	json_t *key = draw_hostile();
	json_t *tree =
		json_pack("{s:[o,o], s:{s:o, s:[{s:o,s:o},[o,[o]],[],{}]}}",
			  "List", draw_hostile(), draw_hostile(), "In", "B",
			  draw_hostile(), "A", "D", draw_hostile(), "C",
			  draw_hostile(), draw_hostile(), draw_hostile());

	json_object_set_new(tree, json_string_value(key), draw_hostile());
	json_decref(key);
	return tree;
}

static void render_yamls(const struct node *node, FILE *out)
{
	render_yaml(node, false, out);
	putc(0, out);
	render_yaml(node, true, out);
	putc(0, out);
}

static void render_all(const struct node *node, FILE *out)
{
	static const int widths[] = { 20, 80, 200 };
	struct error err = { 0 };

	render_json(node, out);
	putc(0, out);
	render_text(node, out);
	putc(0, out);
	render_yamls(node, out);
	for (size_t i = 0; i < 3; i++) {
		if (!render_table(node, "DescribeThings", widths[i], false, out,
				  &err))
			fputs("ragged", out);
		error_clear(&err);
		putc(0, out);
	}
}

static void one(json_t *tree, FILE *trees, FILE *ours,
		void (*render)(const struct node *node, FILE *out))
{
	struct error err = { 0 };
	struct reply reply;
	struct query query = { &reply, "", &err };

	assert(tree && reply_init(&reply, &err));
	json_dumpf(tree, trees, JSON_COMPACT);
	putc('\n', trees);
	render(query_json(&query, tree), ours);
	reply_done(&reply);
	json_decref(tree);
}

static FILE *create(const char *dir, const char *name)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert(file);
	return file;
}

int main(void)
{
	const char *dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	FILE *trees = create(dir, "trees"), *ours = create(dir, "ours");

	srand(1);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		one(json_loads(fixed[i], 0, NULL), trees, ours, render_all);
	for (int i = 0; i < 400; i++)
		one(draw(3), trees, ours, render_all);
	putc('\n', trees);
	for (int i = 0; i < 3000; i++)
		one(draw_hostile_tree(), trees, ours, render_yamls);
	fclose(trees);
	fclose(ours);
	execl("/usr/bin/python3", "python3", "tests/launcher/cli/render.py",
	      dir, (char *)NULL);
	fputs("needs /usr/bin/python3\n", stderr);
	return 77;
}
