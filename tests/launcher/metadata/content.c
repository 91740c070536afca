/* content.c - an instance that has little lists little */
#include "launcher/metadata/content.h"

#include <assert.h>
#include <string.h>

/* What no instance is without. */
static struct facts facts = {
	.instance = { .id = "i-1", .owner = "123456789012",
		      .reservation = "r-1", .image = "ami-1",
		      .type = "t3.micro", .zone = "us-east-1a",
		      .root_device_name = "/dev/sda1", .launch_index = 7,
		      .mac = "52:54:00:AA:00:01", .address = "10.0.2.15" },
	.region = "us-east-1",
	.domain = "ec2.internal",
	.manifest = "bucket/image.manifest.xml",
};

static bool find(const char *path, char *ret_text, size_t room)
{
	auto_of(arena) arena = arena_new();
	struct content content;
	struct error err = { 0 };
	bool found;

	assert(content_find(&facts, path, arena, &content, &found, &err));
	assert(!found || content.size < room);
	memcpy(ret_text, found ? content.data : "", found ? content.size : 0);
	ret_text[found ? content.size : 0] = 0;
	return found;
}

static void is(const char *path, const char *wanted)
{
	char text[4096];

	assert(find(path, text, sizeof(text)) == (wanted != NULL));
	assert(!wanted || strcmp(text, wanted) == 0);
}

static void check_versions(void)
{
	static const char *const good[] = { "latest", "1.0", "2009-04-04",
					    "0000-01-01", "9999-12-31" };
	static const char *const bad[] = { "", "Latest", "1.1", "2009-4-4",
					   "2009-04-04 ", "2009-00-04",
					   "2009-04-00", "2009-13-01",
					   "2009-12-32", "2009/04/04",
					   "x009-04-04", "2009-04-04-" };

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert(content_version(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert(!content_version(bad[i]));
}

static void check_least(void)
{
	is("latest", "meta-data/");
	is("latest/meta-data",
	   "ami-id\nami-launch-index\nami-manifest-path\n"
	   "block-device-mapping/\nhostname\ninstance-action\ninstance-id\n"
	   "instance-life-cycle\ninstance-type\nlocal-hostname\nlocal-ipv4\n"
	   "mac\nnetwork/\nplacement/\nprofile\nreservation-id\nservices/");
	is("1.0/meta-data/ami-launch-index", "7");
	is("1.0/meta-data/ami-manifest-path", "bucket/image.manifest.xml");
	is("1.0/meta-data/block-device-mapping", "ami\nroot");
	is("1.0/meta-data/network/interfaces/macs", "52:54:00:aa:00:01/");
	is("1.0/meta-data/network/interfaces/macs/52:54:00:aa:00:01",
	   "device-number\nlocal-hostname\nlocal-ipv4s\nmac\nowner-id");
	is("1.0/meta-data/network/interfaces/macs/52:54:00:AA:00:01", NULL);
	is("latest/user-data", NULL);
	is("latest/dynamic", NULL);
	is("latest/meta-data/public-keys", NULL);
	is("latest/meta-data/security-groups", NULL);
	is("late/meta-data", NULL);
}

/* A path is a whole one, component by component. */
static void check_paths(void)
{
	is("latest/meta-data/instance-", NULL);
	is("latest/meta-data/instance-id/", NULL);
	is("latest/meta", NULL);
	is("latest/meta-data/placement/regio", NULL);
	is("latest/meta-data/placement/region", "us-east-1");
	is("latest/../latest/meta-data", NULL);
	is("meta-data", NULL);
}

static void check_more(void)
{
	const struct pair tags[] = { { "_index", "x" }, { "a b", "x" },
				     { "1=x", "hidden" }, { "b", "2" } };
	const struct identity identity = { .document = "{}" };

	facts.tags = tags;
	facts.tag_count = sizeof(tags) / sizeof(*tags);
	facts.identity = &identity;
	facts.instance.public_key = "ssh-rsa A";
	facts.instance.user_data = "\0bytes";
	facts.instance.user_data_size = 6;
	is("latest", "dynamic/\nmeta-data/\nuser-data");
	is("latest/dynamic/instance-identity", "document");
	is("latest/dynamic/instance-identity/pkcs7", NULL);
	is("latest/meta-data/public-keys", "0=");
	is("latest/meta-data/public-keys/0", "openssh-key");
	is("latest/meta-data/public-keys/0/openssh-key", "ssh-rsa A");
	is("latest/meta-data/tags/instance", "b");
	is("latest/meta-data/tags/instance/1=x", "hidden");
	is("latest/meta-data/tags/instance/_index", NULL);
	/* one that nobody may list is in no listing, not an empty one */
	facts.tag_count = 3;
	is("latest/meta-data/tags/instance/1=x", "hidden");
	is("latest/meta-data/tags/instance", NULL);
	is("latest/meta-data/tags", NULL);
}

int main(void)
{
	check_versions();
	check_least();
	check_paths();
	check_more();
	return 0;
}
