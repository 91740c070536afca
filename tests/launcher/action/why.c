/* why.c - what is left of texts in which files of the host are named */
#include "launcher/action/why.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *text, *public;
} texts[] = {
	{ "", "" },
	{ "the snapshot was deleted", "the snapshot was deleted" },
	{ "cannot open /srv/qami/layers/layer-0123456789abcdef0.qcow2: No such "
	  "file or directory",
	  "cannot open layer-0123456789abcdef0.qcow2: No such file or "
	  "directory" },
	{ "Unavailable: QAMI_ARCHIVE: '/mnt/cheap disk' is no directory",
	  "Unavailable: QAMI_ARCHIVE: '(a file of the host)' is no directory" },
	{ "cannot write /srv/a/region: Input/output error",
	  "cannot write (a file of the host): Input/output error" },
	{ "cannot write /srv/a I/O error",
	  "cannot write (a file of the host) I/O error" },
	{ "Could not open '/x/y': Could not open backing file: \"/x/z.raw\"",
	  "Could not open '(a file of the host)': Could not open backing file: "
	  "\"(a file of the host)\"" },
	{ "cannot read /srv/my disk/store/qami.db.",
	  "cannot read (a file of the host)." },
	{ "/etc/shadow", "(a file of the host)" },
	{ "moved (/a/b, /c/d) and file=/e/f",
	  "moved ((a file of the host), (a file of the host)) and "
	  "file=(a file of the host)" },
	{ "file:///srv/images/a.raw is not there, nor ~/b",
	  "(a file of the host) is not there, nor (a file of the host)" },
	{ "no disk is /dev/sdf, of /srv/sdf",
	  "no disk is /dev/sdf, of (a file of the host)" },
	{ "s3://images/some/where and http://127.0.0.1:9000/a/b are away",
	  "s3://images/some/where and http://127.0.0.1:9000/a/b are away" },
	{ "ssh://me@far:22/srv/qami does not answer",
	  "(another host) does not answer" },
	{ "the bucket images/prefix holds 1/2 of it, and/or more",
	  "the bucket images/prefix holds 1/2 of it, and/or more" },
	{ "an unclosed '/srv/qami/x", "an unclosed '(a file of the host)" },
	{ "/", "(a file of the host)" },
};

int main(void)
{
	struct error err = { 0 };
	struct reply reply;

	assert(reply_init(&reply, &err));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		auto_buf out = BUF_INIT;

		why_public(texts[i].text, &out);
		printf("%s\n", buf_text(&out));
		assert(strcmp(buf_text(&out), texts[i].public) == 0);
		for (int whole = 0; whole < 2; whole++) {
			reply.whole = whole;
			node_why(reply.root, "Why", "why", texts[i].text);
			assert(strcmp(reply.root->children.last->text,
				      whole ? texts[i].text :
					      texts[i].public) == 0);
		}
	}
	node_why(reply.root, "None", "none", NULL);
	assert(strcmp(reply.root->children.last->sdk, "Why") == 0);
	reply_done(&reply);
	return 0;
}
