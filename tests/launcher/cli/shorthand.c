/* shorthand.c - our parser of the short notation against the AWS CLI's
 *
 * Results and complaints are compared to the letter by shorthand.py, for fixed
 * inputs and for some thousand made of what the grammar is about.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/cli/shorthand.h"

static const char *const fixed[] = {
	"Name=x,Values=a,b",
	"Name=tag:Name,Values=web server,db",
	"DeviceName=/dev/sda1,Ebs={VolumeSize=8,DeleteOnTermination=true}",
	"DeviceName=/dev/sdb,NoDevice=",
	"ResourceType=instance,Tags=[{Key=Name,Value=web},{Key=a,Value='b,c'}]",
	"a=b",
	"a=",
	"a",
	"",
	"=",
	"a==b",
	"a=b,",
	"a=b,c",
	"a=b,c,d=e,f=g,h",
	"a=b\\,c",
	"a='b', c=\"d\"",
	"a='it\\'s'",
	"a=\"say \\\"hi\\\"\"",
	"a='b\\\\'",
	"a='open",
	"a=\"open",
	"a='x\\'",
	"a='x\\' y\\'",
	"a=[b,c]",
	"a=[b, c ,d]",
	"a=[b,[c,d],{e=f}]",
	"a=[b",
	"a=[",
	"a={",
	"a={b=c",
	"a={b}",
	"a=[]",
	"a={}",
	"a=[b]c",
	"a={b=c}d",
	"a={b=c},",
	"a=b,a=c",
	"a=b,c=d,a=e",
	"a = b , c = d",
	"  a=b  ",
	"a=b c=d",
	"a=b,c=d\ne=f",
	"a=b\n,c==d",
	"a=\xc3\xa4\xc3\xb6,b=\xe4\xb8\xad=x",
	"a=b,c,=",
	"a=b,c,,d",
	"a=b,c\\",
	"a=b,'c'd",
	"a='b'c",
	"a=[b'c']",
	"a.b=c",
	"a-b_c#d/e:f=g",
	"a b=c",
	"a=b]",
	"a=b}",
	"a=b{",
	"a=b[",
	"a=^x",
	"a=x^y",
	"a=~",
	"a={b=c,d={e=f,g=[h,i]}}",
	"a=b;c",
	"a=|",
	"a=file://x",
	"a=\"\",b=''",
	"a=[''],b=[\"\"]",
	"a=[,]",
	"a={,}",
	"a=[b,]",
	"a={b=c,}",
	"a={b=c,b=d}",
	"a=b ,c= d",
	"a=\t",
};

/* Pieces that make or break the grammar. */
static const char *const pieces[] = {
	"a",	    "b", "Key", "=",   ",",   "[",    "]",     "{",
	"}",	    "'", "\"",	"\\",  " ",   "\n",   "x y",   "1",
	"/",	    ":", "\\,", "\\'", "=a,", "a=b,", "a={b=", "c=[",
	"\xc3\xa9", "~", "^",	"|",   ";",   "'q'",  "\"q\"",
};

#define PIECES (sizeof(pieces) / sizeof(pieces[0]))

static void one(const char *text, FILE *out)
{
	struct buf complaint = BUF_INIT;
	json_t *value = shorthand_parse(text, &complaint);
	json_t *row;

	assert(!value == (complaint.size > 0));
	row = value ? json_pack("[s,o]", text, value) :
		      json_pack("[s,s]", text, buf_text(&complaint));
	json_dumpf(row, out, JSON_COMPACT);
	putc('\n', out);
	json_decref(row);
	buf_done(&complaint);
}

/* What the AWS CLI 2.9 does not know yet. */
static void files(const char *dir)
{
	struct buf complaint = BUF_INIT;
	char path[512], text[1200];
	FILE *file;
	json_t *value;

	snprintf(path, sizeof(path), "%s/value", dir);
	file = fopen(path, "w");
	assert(file && fputs("one,two", file) >= 0 && fclose(file) == 0);
	snprintf(text, sizeof(text), "a@=file://%s,b={c @= fileb://%s},d=x",
		 path, path);
	value = shorthand_parse(text, &complaint);
	assert(value);
	assert(strcmp(json_string_value(json_object_get(value, "a")),
		      "one,two") == 0);
	assert(strcmp(json_string_value(json_object_get(
			      json_object_get(value, "b"), "c")),
		      "b25lLHR3bw==") == 0);
	json_decref(value);
	value = shorthand_parse("a@=file:///no/such,b=c", &complaint);
	assert(!value && strstr(buf_text(&complaint), "/no/such"));
	buf_done(&complaint);
	assert(!shorthand_parse("a=\xff", &complaint));
	buf_done(&complaint);
}

int main(void)
{
	const char *dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	char path[512], deep[400] = "a=";
	struct buf complaint = BUF_INIT;
	FILE *out;

	snprintf(path, sizeof(path), "%s/ours", dir);
	out = fopen(path, "w");
	assert(out);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		one(fixed[i], out);
	srand(1);
	for (int i = 0; i < 30000; i++) {
		char text[256] = "";

		if (rand() % 2)
			strcpy(text, "a=");
		for (int n = rand() % 12; n >= 0; n--)
			strcat(text, pieces[(size_t)rand() % PIECES]);
		one(text, out);
	}
	fclose(out);
	memset(deep + 2, '[', 300);
	assert(!shorthand_parse(deep, &complaint) && complaint.size);
	buf_done(&complaint);
	files(dir);
	execl("/usr/bin/python3", "python3", "tests/launcher/cli/shorthand.py",
	      path, (char *)NULL);
	fputs("needs /usr/bin/python3\n", stderr);
	return 77;
}
