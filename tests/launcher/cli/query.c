/* query.c - our JMESPath against the package jmespath's
 *
 * Expressions that people use and random ones; query.py compares results. Of
 * what is no expression only that both refuse it is compared.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/cli/query-private.h"
#include "launcher/cli/render.h"

static const char document[] =
	"{\"Images\": [{\"ImageId\": \"ami-1\", \"State\": \"available\","
	" \"Size\": 8, \"Public\": true, \"Tags\": [{\"Key\": \"Name\","
	" \"Value\": \"web\"}]}, {\"ImageId\": \"ami-2\", \"State\":"
	" \"pending\", \"Size\": 20, \"Public\": false, \"Tags\": []},"
	" {\"ImageId\": \"ami-3\", \"State\": \"available\", \"Size\": 0.5}],"
	" \"Nested\": [[1, 2], [3], 4, []], \"Empty\": {}, \"Text\": \"abc\","
	" \"Number\": -3, \"Null\": null, \"a b\": {\"c\": \"d\"},"
	" \"Words\": [\"b\", \"a\", \"c\"], \"Zero\": 0, \"False\": false}";

static const char *const fixed[] = {
	"Images[].ImageId",
	"Images[*].[ImageId,State]",
	"Images[0].ImageId",
	"Images[-1].ImageId",
	"Images[5]",
	"Images[?State=='available'].ImageId",
	"Images[?State==`available`].ImageId",
	"Images[?State==`\"available\"`].ImageId | [0]",
	"Images[?Public].ImageId",
	"Images[?!Public].ImageId",
	"Images[?Size > `5`].{id:ImageId,size:Size}",
	"Images[?Size >= `8` && State != 'pending'].ImageId",
	"Images[?Size < `1` || Public].ImageId",
	"Images[].Tags[?Key=='Name'].Value",
	"Images[].Tags[].Value",
	"Images[].Tags[?Key=='Name'].Value | []",
	"Images[*].Tags[0].Value",
	"sort_by(Images, &Size)[].ImageId",
	"sort_by(Images, &ImageId)[-1].ImageId",
	"max_by(Images, &Size).ImageId",
	"min_by(Images, &Size).ImageId",
	"reverse(sort_by(Images,&Size))[0].Size",
	"length(Images)",
	"length(Text)",
	"length(Empty)",
	"length(Number)",
	"Nested[]",
	"Nested[*]",
	"Nested[][]",
	"Nested[0:2]",
	"Nested[::-1]",
	"Nested[-2:]",
	"Nested[1:3]",
	"Nested[:5:2]",
	"Nested[::0]",
	"Nested[5:1:-1]",
	"Nested[-9:9]",
	"Empty.*",
	"*.c",
	"*[0]",
	"\"a b\".c",
	"\"a b\"",
	"'raw'",
	"'it\\'s'",
	"`1`",
	"`\"x\"`",
	"`[1, 2]`",
	"`{\"a\": 1}`.a",
	"`foo`",
	"`true`",
	"@",
	"@.Text",
	"Null",
	"Missing",
	"Missing.more",
	"Text.more",
	"Null || Text",
	"Empty || 'x'",
	"Zero || 'x'",
	"False || 'x'",
	"Text && Number",
	"!Text",
	"!Zero",
	"!Empty",
	"!`false`",
	"Text == 'abc'",
	"Number == `-3`",
	"Zero == False",
	"`1` == `true`",
	"`1` == `1.0`",
	"Text > 'abb'",
	"Text > Number",
	"Nested == Nested",
	"Empty == `{}`",
	"{a:Text,b:Missing}",
	"[Text,Missing]",
	"Missing.[a,b]",
	"contains(Text, 'b')",
	"contains(Words, 'b')",
	"contains(Words, `1`)",
	"contains(Null, 'b')",
	"starts_with(Text, 'ab')",
	"ends_with(Text, 'bc')",
	"join(',', Words)",
	"join('', Images[].ImageId)",
	"keys(Empty)",
	"keys(Images[0])",
	"values(`{\"a\":1}`)",
	"abs(Number)",
	"sum(`[1,2]`)",
	"avg(`[1,2]`)",
	"avg(`[]`)",
	"ceil(`1.2`)",
	"floor(`-1.2`)",
	"floor(`1.7`)",
	"max(Words)",
	"min(`[3,1]`)",
	"sort(Words)",
	"reverse(Words)",
	"reverse(Text)",
	"map(&ImageId, Images)",
	"merge(Images[0], `{\"a\":1}`)",
	"not_null(Null, Text)",
	"to_array(Text)",
	"to_string(Nested)",
	"to_string(Text)",
	"to_number('7')",
	"to_number('x')",
	"to_number('1.5')",
	"type(Null)",
	"type(Empty)",
	"type(Words)",
	"foo(",
	"foo()",
	"length()",
	"length(Text, Text)",
	"",
	"Images[",
	"Images]",
	"Images.",
	".Images",
	"Images[?",
	"Images[a]",
	"a b",
	"{a}",
	"{a:b",
	"[a,",
	"'open",
	"`open",
	"\"open",
	"a==",
	"==a",
	"a = b",
	"a-b",
	"-",
	"&a",
	"a.&b",
	"Images[].",
	"Images[*",
	"#",
	"a||",
	"sort_by(Images, Size)",
	"length(&a)",
	"\"foo\"(a)",
	"Text()",
	"(Text)",
	"(Images[].ImageId)[0]",
	"Images[].ImageId[0]",
	"Images[].ImageId | [0]",
	"Images[*].Tags[*].Key[]",
	"Words[?@ > 'a']",
	"Images[?contains(ImageId, '2')].State",
	"Images[?Tags[?Key=='Name']].ImageId",
	"Nested[?length(@)]",
	"Images[].{a:Tags[0].{b:Key}}",
	"Images[*].Size | sum(@)",
	"Images[0].*",
	"Images[0].[*]",
	"[*]",
	"[0]",
	"[]",
	"Images.*.a",
};

/* Pieces of random ones; no index behind an index, whose slices the package
 * does not project. */
static const char *const pieces[] = {
	"Images", "Nested", "Words", "Text",	"Size",
	".",	  ".",	    "[]",    "[*]",	"[0]",
	"[1:]",	  "|",	    "||",    "&&",	"!",
	"==",	  "<",	    "(",     ")",	"@",
	"*",	  "[?",	    "]",     ",",	"{",
	"}",	  ":",	    "'x'",   "`1`",	"length(",
	"sort(",  " ",	    "a:",    "[?Size]", "[?State=='available']",
};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void one(const char *expression, FILE *out)
{
	struct error err = { 0 };
	struct reply reply, empty;
	struct query query = { &reply, "", &err };
	const struct node *result;
	json_t *tree = json_loads(document, 0, NULL);
	json_t *text = json_string(expression);

	assert(tree && reply_init(&reply, &err));
	empty = reply;
	empty.root = (struct node *)query_json(&query, tree);
	json_dumpf(text, out, JSON_ENCODE_ANY);
	putc('\n', out);
	if (query_run(expression, &empty, &result, &err)) {
		assert(err.fault == FAULT_NONE);
		render_compact(result, out);
	} else {
		assert(err.fault != FAULT_NONE && err.text[0]);
		fputs("error", out);
	}
	putc('\n', out);
	json_decref(tree);
	json_decref(text);
	reply_done(&reply);
}

int main(void)
{
	const char *dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	char path[512], deep[1000];
	FILE *out;

	snprintf(path, sizeof(path), "%s/ours", dir);
	out = fopen(path, "w");
	assert(out);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		one(fixed[i], out);
	srand(1);
	for (int i = 0; i < 20000; i++) {
		char text[512] = "";

		for (int n = rand() % 8; n >= 0; n--)
			strcat(text, pieces[(size_t)rand() % PIECES]);
		if (!strstr(text, "][") && !strstr(text, "] ["))
			one(text, out);
	}
	memset(deep, '(', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = 0;
	one(deep, out);
	fclose(out);
	execl("/usr/bin/python3", "python3", "tests/launcher/cli/query.py",
	      path, document, (char *)NULL);
	fputs("needs /usr/bin/python3\n", stderr);
	return 77;
}
