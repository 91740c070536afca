/* embed.h - the URI of an embedded driver (private to this room) */
#ifndef QAMI_DOMAIN_EMBED_H
#define QAMI_DOMAIN_EMBED_H

/* Where the embedded driver of a URI lives; NULL (and no report) if the URI
 * names another driver or memory ran out. Caller frees. */
char *embed_root(const char *uri);

/* The URI of an embedded driver; caller frees. */
char *embed_uri(const char *root);

/* The same of its driver for secrets. */
char *embed_secrets_uri(const char *root);

#endif
