/* embed.c - the URI of an embedded driver, and the root that it names
 *
 * Linked into the program itself: how a machine ended is found out without
 * libvirt.
 */
#include "launcher/domain/embed.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/buf.h"

#define EMBED_PREFIX "qemu:///embed?root="
#define SECRETS_PREFIX "secret:///embed?root="

static char *write_uri(const char *prefix, const char *root)
{
	auto_buf uri = BUF_INIT;

	buf_str(&uri, prefix);
	for (const char *c = root; *c; c++)
		if (isalnum((unsigned char)*c) || strchr("/-._~", *c))
			buf_char(&uri, *c);
		else
			buf_printf(&uri, "%%%02X", (unsigned char)*c);
	return buf_take(&uri);
}

char *embed_uri(const char *root)
{
	return write_uri(EMBED_PREFIX, root);
}

char *embed_secrets_uri(const char *root)
{
	return write_uri(SECRETS_PREFIX, root);
}

char *embed_root(const char *uri)
{
	auto_buf root = BUF_INIT;
	unsigned byte;

	if (strncmp(uri, EMBED_PREFIX, strlen(EMBED_PREFIX)) != 0)
		return NULL;
	for (const char *c = uri + strlen(EMBED_PREFIX); *c; c++)
		if (*c == '%' && sscanf(c + 1, "%2x", &byte) == 1) {
			buf_char(&root, (char)byte);
			c += 2;
		} else {
			buf_char(&root, *c);
		}
	return buf_take(&root);
}
