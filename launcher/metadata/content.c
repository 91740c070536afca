/* content.c - leaves by their whole paths; directories are what paths share
 *
 * The tree is made whole for each request, and searched then: a leaf that is
 * not there cannot be listed, and one that is listed is there.
 */
#include "launcher/metadata/content.h"

#include <stdlib.h>
#include <string.h>

#include "images/base/buf.h"
#include "images/registry/vpc.h"

#define TEXT "text/plain"
#define BYTES "application/octet-stream"

/* The versions that EC2 lists; others of that form are answered, too. */
static const char versions[] =
	"1.0\n2007-01-19\n2007-03-01\n2007-08-29\n2007-10-10\n2007-12-15\n"
	"2008-02-01\n2008-09-01\n2009-04-04\n2011-01-01\n2011-05-01\n"
	"2012-01-12\n2014-02-25\n2014-11-05\n2015-10-20\n2016-04-19\n"
	"2016-06-30\n2016-09-02\n2018-03-28\n2018-08-17\n2018-09-24\n"
	"2019-10-01\n2020-10-27\n2021-01-03\n2021-03-23\n2021-07-15\n"
	"2022-09-24\n2024-04-11\nlatest";

struct leaf {
	const char *path; /* below the version, "/meta-data/ami-id" */
	struct content content;
	const char *label; /* listed instead of a directory's name … */
	size_t label_at;   /* … which begins here; NULL: as it is */
	bool unlisted;
};

struct tree {
	struct arena *arena;
	struct leaf *leaves;
	size_t count;
	bool broken; /* memory ran out */
};

static struct leaf *add(struct tree *tree, const char *path, const void *data,
			size_t size)
{
	struct leaf *leaf;

	if (path)
		tree->leaves = arena_more(tree->arena, tree->leaves,
					  tree->count, sizeof(*leaf));
	if (!path || !tree->leaves)
		tree->broken = true;
	if (tree->broken)
		return NULL;
	leaf = &tree->leaves[tree->count++];
	*leaf = (struct leaf){ .path = path,
			       .content = { data, size, TEXT } };
	return leaf;
}

/* Adds directory/name, unless the value is NULL: there is no such thing. */
static struct leaf *add_text(struct tree *tree, const char *directory,
			     const char *name, const char *value)
{
	if (!value)
		return NULL;
	return add(tree, arena_format(tree->arena, "%s/%s", directory, name),
		   value, strlen(value));
}

static void add_pairs(struct tree *tree, const char *directory,
		      const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_text(tree, directory, pairs[i].name, pairs[i].value);
}

/* "i-….ec2.internal"; NULL when memory ran out. */
static const char *hostname(struct tree *tree, const struct facts *facts)
{
	const char *name = arena_format(tree->arena, "%s.%s",
					facts->instance.id, facts->domain);

	tree->broken = tree->broken || !name;
	return name;
}

static const char *lower_case(struct tree *tree, const char *text)
{
	char *copy = arena_str(tree->arena, text);

	tree->broken = tree->broken || !copy;
	for (char *c = copy; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c += 'a' - 'A';
	return copy;
}

static void add_instance(struct tree *tree, const struct facts *facts)
{
	const struct instance *instance = &facts->instance;
	const char *name = hostname(tree, facts);
	const struct pair pairs[] = {
		{ "ami-id", instance->image },
		{ "ami-launch-index",
		  arena_format(tree->arena, "%lld",
			       (long long)instance->launch_index) },
		{ "ami-manifest-path", facts->manifest },
		{ "block-device-mapping/ami", instance->root_device_name },
		{ "block-device-mapping/root", instance->root_device_name },
		{ "hostname", name },
		{ "instance-action", "none" },
		{ "instance-id", instance->id },
		{ "instance-life-cycle", "on-demand" },
		{ "instance-type", instance->type },
		{ "kernel-id", instance->kernel },
		{ "local-hostname", name },
		{ "local-ipv4", instance->address },
		{ "mac", lower_case(tree, instance->mac) },
		{ "placement/availability-zone", instance->zone },
		{ "placement/region", facts->region },
		{ "profile", "default-hvm" },
		{ "ramdisk-id", instance->ramdisk },
		{ "reservation-id", instance->reservation },
		{ "security-groups", facts->group_names },
		{ "services/domain", "amazonaws.com" },
		{ "services/partition", "aws" },
	};

	add_pairs(tree, "/meta-data", pairs, sizeof(pairs) / sizeof(*pairs));
	add_pairs(tree, "/meta-data/block-device-mapping", facts->disks,
		  facts->disk_count);
}

/* Under the guest's real address of the card: one that the guest does not have
 * makes cloud-init configure no network at all. */
static void add_interface(struct tree *tree, const struct facts *facts)
{
	const struct instance *instance = &facts->instance;
	const char *mac = lower_case(tree, instance->mac);
	const char *directory = arena_format(
		tree->arena, "/meta-data/network/interfaces/macs/%s",
		mac ? mac : "");
	const struct pair pairs[] = {
		{ "device-number", "0" },
		{ "interface-id", instance->interface },
		{ "local-hostname", hostname(tree, facts) },
		{ "local-ipv4s", instance->address },
		{ "mac", mac },
		{ "owner-id", instance->owner },
		{ "security-group-ids", facts->group_ids },
		{ "security-groups", facts->group_names },
		{ "subnet-id", facts->subnet },
		{ "subnet-ipv4-cidr-block", facts->subnet ? SUBNET_CIDR : NULL },
		{ "vpc-id", facts->vpc },
		{ "vpc-ipv4-cidr-block", facts->vpc ? VPC_CIDR : NULL },
		{ "vpc-ipv4-cidr-blocks", facts->vpc ? VPC_CIDR : NULL },
	};

	if (directory)
		add_pairs(tree, directory, pairs,
			  sizeof(pairs) / sizeof(*pairs));
	else
		tree->broken = true;
}

/* The listing of public-keys/ tells the key's name: "0=name". */
static void add_key(struct tree *tree, const struct facts *facts)
{
	static const char directory[] = "/meta-data/public-keys";
	const struct instance *instance = &facts->instance;
	struct leaf *leaf;

	if (!instance->public_key)
		return;
	leaf = add_text(tree, directory, "0/openssh-key", instance->public_key);
	if (!leaf)
		return;
	leaf->label =
		arena_format(tree->arena, "0=%s",
			     instance->key_name ? instance->key_name : "");
	leaf->label_at = sizeof(directory);
	tree->broken = tree->broken || !leaf->label;
}

/* EC2 refuses keys that cannot be components of a path to instances that have
 * tags in their metadata. Rows are not asked that here: such a tag is one that
 * the guest does not see, and no reason to give it none of the others. */
static bool key_fits(const char *key)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+-=.,_:@";

	return *key && key[strspn(key, letters)] == 0 &&
	       strcmp(key, ".") != 0 && strcmp(key, "..") != 0 &&
	       strcmp(key, "_index") != 0;
}

/* Readers of listings take "0=name" for a public key and ask for what is not
 * there. */
static bool looks_like_key(const char *key)
{
	return key[strspn(key, "0123456789+-")] == '=';
}

static void add_tags(struct tree *tree, const struct facts *facts)
{
	for (size_t i = 0; i < facts->tag_count; i++) {
		const struct pair *tag = &facts->tags[i];
		struct leaf *leaf;

		if (!key_fits(tag->name))
			continue;
		leaf = add_text(tree, "/meta-data/tags/instance", tag->name,
				tag->value);
		if (leaf)
			leaf->unlisted = looks_like_key(tag->name);
	}
}

static void add_identity(struct tree *tree, const struct facts *facts)
{
	static const char directory[] = "/dynamic/instance-identity";
	const struct identity *identity = facts->identity;

	if (!identity)
		return;
	add_text(tree, directory, "document", identity->document);
	add_text(tree, directory, "pkcs7", identity->pkcs7);
	add_text(tree, directory, "rsa2048", identity->pkcs7);
	add_text(tree, directory, "signature", identity->signature);
}

static void add_user_data(struct tree *tree, const struct facts *facts)
{
	const struct instance *instance = &facts->instance;
	struct leaf *leaf;

	if (!instance->user_data)
		return;
	leaf = add(tree, "/user-data", instance->user_data,
		   instance->user_data_size);
	if (leaf)
		leaf->content.type = BYTES;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* What a leaf is listed as in the directory that takes the first `skip` bytes
 * of its path; NULL: not at all. */
static const char *listed(struct tree *tree, const struct leaf *leaf,
			  size_t skip)
{
	const char *name = leaf->path + skip;
	size_t size = strcspn(name, "/");
	const char *text;

	if (leaf->unlisted)
		return NULL;
	if (leaf->label && leaf->label_at == skip)
		return leaf->label;
	text = arena_format(tree->arena, "%.*s%s", (int)size, name,
			    name[size] ? "/" : "");
	tree->broken = tree->broken || !text;
	return text;
}

/* Lists a directory; false when there is none. */
static bool list(struct tree *tree, const char *path, struct content *ret)
{
	size_t size = strlen(path), count = 0;
	const char **names =
		arena_alloc(tree->arena, (tree->count + 1) * sizeof(*names));
	auto_buf text = BUF_INIT;

	if (!names)
		tree->broken = true;
	for (size_t i = 0; names && i < tree->count; i++) {
		const struct leaf *leaf = &tree->leaves[i];

		if (strncmp(leaf->path, path, size) != 0 ||
		    leaf->path[size] != '/')
			continue;
		names[count] = listed(tree, leaf, size + 1);
		count += names[count] != NULL;
	}
	if (!count)
		return false;
	qsort(names, count, sizeof(*names), by_text);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			buf_printf(&text, "%s%s", text.size ? "\n" : "",
				   names[i]);
	tree->broken = tree->broken || text.broken;
	*ret = (struct content){ arena_str(tree->arena, buf_text(&text)),
				 text.size, TEXT };
	tree->broken = tree->broken || !ret->data;
	return true;
}

bool content_version(const char *name)
{
	static const char form[] = "dddd-dd-dd";
	int month, day;

	if (strcmp(name, "latest") == 0 || strcmp(name, "1.0") == 0)
		return true;
	if (strlen(name) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? name[i] < '0' || name[i] > '9' :
				     name[i] != form[i])
			return false;
	month = atoi(name + 5);
	day = atoi(name + 8);
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* `path` begins behind the version: it is "", or has a slash first. */
static bool find(struct tree *tree, const char *path, struct content *ret)
{
	for (size_t i = 0; i < tree->count; i++)
		if (strcmp(tree->leaves[i].path, path) == 0) {
			*ret = tree->leaves[i].content;
			return true;
		}
	return list(tree, path, ret);
}

bool content_find(const struct facts *facts, const char *path,
		  struct arena *arena, struct content *ret_content,
		  bool *ret_found, struct error *err)
{
	struct tree tree = { .arena = arena };
	size_t size = strcspn(path, "/");
	const char *version = arena_format(arena, "%.*s", (int)size, path);

	if (!version)
		return fail_memory(err);
	*ret_found = true;
	if (!*path) {
		*ret_content = (struct content){ versions, sizeof(versions) - 1,
						 TEXT };
		return true;
	}
	add_instance(&tree, facts);
	add_interface(&tree, facts);
	add_key(&tree, facts);
	add_tags(&tree, facts);
	add_identity(&tree, facts);
	add_user_data(&tree, facts);
	*ret_found = content_version(version) &&
		     find(&tree, path + size, ret_content);
	return !tree.broken || fail_memory(err);
}
