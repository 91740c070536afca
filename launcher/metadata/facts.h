/* facts.h - what the registry says about one instance, for its guest
 *
 * Everything is fetched by the one id that the caller has, afresh for every
 * request. Nothing that a request says gets as far as here.
 */
#ifndef QAMI_METADATA_FACTS_H
#define QAMI_METADATA_FACTS_H

#include "images/registry/instance.h"
#include "images/store.h"

/* A name and its value; a disk ("ebs1", "sdf") or a tag. */
struct pair {
	const char *name;
	const char *value;
};

/* The instance identity document and what proves it. */
struct identity {
	const char *document;  /* JSON */
	const char *signature; /* base64 in lines; NULL: nobody has signed */
	const char *pkcs7;     /* the same of the DER, with the document and
				* the certificate inside; or NULL */
};

/* What is NULL, the instance has not. All in the arena of the loading. */
struct facts {
	struct instance instance;
	const char *region;
	const char *domain;	 /* of the private DNS names */
	const char *manifest;	 /* where the image's is; "(unknown)" */
	const char *group_names; /* of security groups, a line each */
	const char *group_ids;
	const char *vpc;
	const char *subnet;
	const struct pair *disks; /* other than the root */
	size_t disk_count;
	const struct pair *tags;
	size_t tag_count;
	const struct identity *identity; /* the caller's to fill in */
};

/* *ret_found is false when there is no such instance. FAULT_UNAVAILABLE while
 * the registry is busy. */
bool facts_load(struct call *call, const char *instance, struct arena *arena,
		struct facts *ret_facts, bool *ret_found, struct error *err)
	must_check;

#endif
