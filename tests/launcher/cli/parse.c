/* parse.c - command lines: our parameters against the AWS CLI's
 *
 * parse.py hands the same words to the package awscli and compares what would
 * be sent; of what is no command only that both refuse it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/cli/parse.h"
#include "launcher/cli/verbs.h"

/* Words are separated by '|'; "%" stands for the test's directory. */
static const char *const lines[] = {
	"describe-images",
	"describe-images|--image-ids|ami-1|ami-2",
	"describe-images|--image-id|ami-1",
	"describe-images|--owners|self|--filters|Name=name,Values=a,b",
	"describe-images|--filters|Name=state,Values=available|"
	"Name=tag:x,Values=1",
	"describe-images|--filters|[{\"Name\":\"name\",\"Values\":[\"a\"]}]",
	"describe-images|--filters|{\"Name\":\"name\",\"Values\":[\"a\"]}|"
	"{\"Name\":\"b\"}",
	"describe-images|--filters|file://%/filters.json",
	"describe-images|--filters|Name=state",
	"describe-images|--filters|Name=state,Values=",
	"describe-images|--filters|Name=a,Values='b,c',d",
	"describe-images|--filters|Nam=state,Values=a",
	"describe-images|--filters|Name=a,Values=b,Name=c",
	"describe-images|--filters|Name",
	"describe-images|--filters|[{",
	"describe-images|--filters",
	"describe-images|--dry-run", "describe-images|--no-dry-run",
	"describe-images|--dry-run=x", "describe-images|--dry-run|x",
	"describe-images|--bogus", "describe-images|x",
	"describe-images|--include-dep", "describe-images|-1",
	"describe-images|--owners=self", "describe-images|--owners",
	"describe-images|--owners|-5", "describe-images|--owners|-x",
	"describe-images|--owners|-x y", "describe-images|--owners|--",
	"describe-images|--output|text|--no-cli-pager|--color|off",
	"describe-images|--output|nope", "describe-images|--output",
	"run-instances|--image-id|ami-1",
	"run-instances|--image-id|ami-1|--count|2",
	"run-instances|--image-id|ami-1|--count|1:3",
	"run-instances|--image-id|ami-1|--instance-type|m5.large",
	"run-instances|--image-id|ami-1|--user-data|#!/bin/sh\necho",
	"run-instances|--image-id|ami-1|--user-data|file://%/data",
	"run-instances|--image-id|ami-1|--user-data|fileb://%/bytes",
	"run-instances|--image-id|ami-1|--user-data|file:///no/such",
	"run-instances|--image-id|ami-1|--block-device-mappings|"
	"DeviceName=/dev/sda1,Ebs={VolumeSize=8,DeleteOnTermination=true}|"
	"DeviceName=/dev/sdb,VirtualName=ephemeral0",
	"run-instances|--image-id|ami-1|--block-device-mappings|"
	"DeviceName=/dev/sdb,NoDevice=",
	"run-instances|--image-id|ami-1|--block-device-mappings|"
	"[{\"DeviceName\":\"/dev/sda1\",\"Ebs\":{\"VolumeSize\":8}}]",
	"run-instances|--image-id|ami-1|--block-device-mappings|"
	"DeviceName=/dev/sda1,Ebs={VolumeSize=8,Encrypted=maybe}",
	"run-instances|--image-id|ami-1|--block-device-mappings|"
	"DeviceName=/dev/sda1,Ebs={Size=8}",
	"run-instances|--image-id|ami-1|--block-device-mappings|"
	"[{\"DeviceName\":7}]",
	"run-instances|--image-id|ami-1|--block-device-mappings|"
	"[{\"DeviceName\":\"a\",\"Ebs\":{\"VolumeSize\":\"8x\"}}]",
	"run-instances|--image-id|ami-1|--tag-specifications|"
	"ResourceType=instance,Tags=[{Key=Name,Value=web}]",
	"run-instances|--cli-input-json|"
	"{\"ImageId\":\"ami-1\",\"InstanceType\":\"t3.micro\"}",
	"run-instances|--cli-input-json|{\"ImageId\":\"ami-1\"}|--image-id|"
	"ami-2",
	"run-instances|--cli-input-json|[1]",
	"run-instances|--cli-input-json|{",
	"run-instances|--image-id|ami-1|--disable-api-termination",
	"run-instances|--image-id|ami-1|--enable-api-termination",
	"run-instances|--image-id", "run-instances|--count|2:",
	"terminate-instances", "terminate-instances|--instance-ids|i-1",
	"terminate-instances|--instance-ids|[\"i-1\",\"i-2\"]",
	"stop-instances|--instance-ids|i-1|--force",
	"create-tags|--resources|i-1|--tags|Key=a,Value=b|Key=c,Value=",
	"create-tags|--resources|i-1|--tags|Key=a,Value=b Key=c",
	"modify-instance-attribute|--instance-id|i-1|--instance-type|m5.large",
	"modify-instance-attribute|--instance-id|i-1|--instance-type|"
	"Value=m5.large",
	"modify-instance-attribute|--instance-id|i-1|--instance-type|"
	"{\"Value\":\"m5.large\"}",
	"modify-instance-attribute|--instance-id|i-1|--disable-api-termination",
	"modify-instance-attribute|--instance-id|i-1|"
	"--no-disable-api-termination",
	"modify-instance-attribute|--instance-id|i-1|"
	"--disable-api-termination|Value=false",
	"modify-instance-attribute|--instance-id|i-1|"
	"--disable-api-termination|{\"Value\": true}",
	"register-image|--name|x|--root-device-name|/dev/sda1|--ena-support|"
	"--block-device-mappings|DeviceName=/dev/sda1,Ebs={SnapshotId=snap-1}",
	"register-image", "register-image|--name",
	"modify-image-attribute|--image-id|ami-1|--launch-permission|"
	"Add=[{UserId=111122223333}]",
	"modify-image-attribute|--image-id|ami-1|--launch-permission|"
	"{\"Add\":[{\"Group\":\"all\"}]}",
	"modify-image-attribute|--image-id|ami-1|--attribute|"
	"launchPermission|--operation-type|add|--user-ids|111122223333",
	"describe-instance-types|--max-results|5",
	"describe-instance-types|--instance-types|t3.micro|t2.nano",
};

static FILE *create(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert(file);
	fputs(text, file);
	return file;
}

/* The line's words, the directory filled in; NULL-terminated. */
static const char **split(const char *line, const char *dir)
{
	static const char *words[64];
	static char text[4096];
	size_t used = 0, count = 0;

	words[count++] = text;
	for (; *line; line++) {
		if (*line == '%') {
			used += (size_t)sprintf(text + used, "%s", dir);
		} else if (*line == '|') {
			text[used++] = 0;
			words[count++] = text + used;
		} else {
			text[used++] = *line;
		}
	}
	text[used] = 0;
	words[count] = NULL;
	return words;
}

static void one(const char *line, const char *dir, FILE *out)
{
	const char **words = split(line, dir);
	struct parsed parsed = { .complaint = BUF_INIT };
	struct options options = { 0 };
	json_t *row = json_array(), *copy = json_array();
	const struct action *action;
	size_t used;

	action = verb_find((const char *const *)words, &used);
	if (action && args_init(&parsed.args)) {
		bool good =
			parse_words(action, words + used, &options, &parsed);

		assert(good == !parsed.complaint.size);
		for (size_t i = 0; words[i]; i++)
			json_array_append_new(copy, json_string(words[i]));
		json_array_append(row, copy);
		json_array_append_new(
			row, good ? json_incref(parsed.args.root) :
				    json_string(buf_text(&parsed.complaint)));
		json_dumpf(row, out, JSON_COMPACT);
		putc('\n', out);
		args_done(&parsed.args);
	}
	buf_done(&parsed.complaint);
	json_decref(row);
	json_decref(copy);
}

int main(void)
{
	const char *dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	FILE *out = create(dir, "ours", "");

	fclose(create(dir, "filters.json",
		      "[{\"Name\": \"x\", \"Values\": [\"y\"]}]\n"));
	fclose(create(dir, "data", "#cloud-config\n"));
	fclose(create(dir, "bytes", "\xff\xfe"));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		one(lines[i], dir, out);
	fclose(out);
	execl("/usr/bin/python3", "python3", "tests/launcher/cli/parse.py", dir,
	      (char *)NULL);
	fputs("needs /usr/bin/python3\n", stderr);
	return 77;
}
