/* manifest.c - what is written reads back, and the variants that others wrote
 *
 * The texts of other tools were taken down from what they write; what a
 * stranger could do with a manifest is in hostile.c.
 */
#include "bundle/manifest.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "images/base/arena.h"

#define ZEROS39 "000000000000000000000000000000000000000"
#define DIGEST "da39a3ee5e6b4b0d3255bfef95601890afd80709"

static const struct manifest_part parts[] = {
	{ "a&b.part.0", DIGEST },
	{ "a&b.part.1", ZEROS39 "7" },
};

static const struct manifest full = {
	.bundler_name = "qami",
	.bundler_version = "0.1",
	.bundler_release = "0",
	.architecture = "x86_64",
	.mappings =
		(const struct manifest_mapping[]){
			{ "root", "/dev/sda1" },
			{ "ephemeral0", "sdb" },
			{ "ami", "sda1" },
		},
	.mapping_count = 3,
	.kernel = "aki-12345678",
	.ramdisk = "ari-12345678",
	.product_codes = (const char *const[]){ "774F4FF8", "B3A1" },
	.product_code_count = 2,
	.name = "a&b",
	.user = "123456789012",
	.type = "machine",
	.ancestors = (const char *const[]){ "ami-1", "ami-2" },
	.ancestor_count = 2,
	.digest = DIGEST,
	.size = 1073741824,
	.bundled_size = 10485776,
	.ec2_key = "ec",
	.user_key = "0a",
	.ec2_iv = "e1",
	.user_iv = "01",
	.parts = parts,
	.part_count = 2,
};

#define MACHINE                                                             \
	"<machine_configuration><architecture>x86_64</architecture>"         \
	"<block_device_mapping>"                                             \
	"<mapping><virtual>ami</virtual><device>sda1</device></mapping>"     \
	"<mapping><virtual>ephemeral0</virtual><device>sdb</device>"         \
	"</mapping>"                                                         \
	"<mapping><virtual>root</virtual><device>/dev/sda1</device>"         \
	"</mapping></block_device_mapping>"                                  \
	"<kernel_id>aki-12345678</kernel_id>"                                \
	"<ramdisk_id>ari-12345678</ramdisk_id>"                              \
	"<product_codes><product_code>774F4FF8</product_code>"               \
	"<product_code>B3A1</product_code></product_codes>"                  \
	"</machine_configuration>"
#define IMAGE                                                               \
	"<image><name>a&amp;b</name><user>123456789012</user>"               \
	"<type>machine</type><ancestry>"                                     \
	"<ancestor_ami_id>ami-1</ancestor_ami_id>"                           \
	"<ancestor_ami_id>ami-2</ancestor_ami_id></ancestry>"                \
	"<digest algorithm='SHA1'>" DIGEST "</digest>"                       \
	"<size>1073741824</size><bundled_size>10485776</bundled_size>"       \
	"<ec2_encrypted_key algorithm='AES-128-CBC'>ec</ec2_encrypted_key>"  \
	"<user_encrypted_key algorithm='AES-128-CBC'>0a"                     \
	"</user_encrypted_key><ec2_encrypted_iv>e1</ec2_encrypted_iv>"       \
	"<user_encrypted_iv>01</user_encrypted_iv>"                          \
	"<parts count='2'><part index='0'><filename>a&amp;b.part.0"          \
	"</filename><digest algorithm='SHA1'>" DIGEST "</digest></part>"     \
	"<part index='1'><filename>a&amp;b.part.1</filename>"                \
	"<digest algorithm='SHA1'>" ZEROS39 "7</digest></part></parts>"      \
	"</image>"

static const char text[] =
	"<?xml version='1.0'?><manifest><version>2007-10-10</version>"
	"<bundler><name>qami</name><version>0.1</version><release>0</release>"
	"</bundler>" MACHINE IMAGE "<signature>UNSIGNED</signature></manifest>";

static void test_write(void)
{
	auto_buf got = BUF_INIT;
	struct error err = { 0 };
	struct manifest broken = full;

	assert(manifest_write(&full, NULL, &got, &err));
	if (strcmp(buf_text(&got), text) != 0) {
		printf("%s\n%s\n", buf_text(&got), text);
		assert(!"the text");
	}
	broken.user = "two\nlines";
	assert(!manifest_write(&broken, NULL, &got, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	assert(got.size == strlen(text));
}

/* A kernel has no mapping and a name of its own; what is not there has no
 * element, but for the two copies that other readers want to find. */
static void test_write_kernel(void)
{
	auto_buf got = BUF_INIT;
	struct error err = { 0 };
	struct manifest kernel = full;

	kernel.type = "kernel";
	kernel.kernel_name = "vmlinuz";
	kernel.kernel = "true";
	kernel.ramdisk = NULL;
	kernel.product_code_count = kernel.ancestor_count = 0;
	kernel.user_key = kernel.user_iv = NULL;
	assert(manifest_write(&kernel, NULL, &got, &err));
	assert(strstr(buf_text(&got),
		      "<architecture>x86_64</architecture>"
		      "<kernel_id>true</kernel_id></machine_configuration>"));
	assert(strstr(buf_text(&got),
		      "<type>kernel</type><kernel_name>vmlinuz</kernel_name>"
		      "<digest "));
	assert(strstr(buf_text(&got),
		      "<user_encrypted_key algorithm='AES-128-CBC'/>"));
	assert(strstr(buf_text(&got), "<user_encrypted_iv/>"));
}

static void parse(const char *from, struct arena *arena, struct manifest *to)
{
	struct error err = { 0 };

	if (!manifest_parse(from, strlen(from), arena, to, NULL, &err)) {
		printf("%s\n%s\n", from, err.text);
		assert(!"parsed");
	}
}

static void test_read(void)
{
	auto_of(arena) arena = arena_new();
	auto_buf covered = BUF_INIT, again = BUF_INIT;
	struct manifest got;
	struct error err = { 0 };

	assert(arena &&
	       manifest_parse(text, strlen(text), arena, &got, &covered, &err));
	assert(strcmp(got.version, "2007-10-10") == 0 && !got.signature);
	assert(strcmp(buf_text(&covered), MACHINE IMAGE) == 0);
	assert(manifest_write(&got, NULL, &again, &err));
	assert(strcmp(buf_text(&again), text) == 0);
}

/* As E3 and minidom write: double quotes, a declaration of its own or none,
 * another order, parts shuffled, digests without leading zeros or in capitals,
 * no user's key. */
static void test_variants(void)
{
	static const char other[] =
		"<manifest>\n"
		"<version>2007-10-10</version>\n"
		"<bundler><!-- by hand --><name>x</name></bundler>\n"
		"<image><name>im</name><user>123456789012</user>\n"
		"<digest algorithm=\"SHA1\">7</digest>"
		"<size>512</size><bundled_size>0000016</bundled_size>"
		"<type>ramdisk</type>"
		"<user_encrypted_key algorithm=\"AES-128-CBC\"/>"
		"<ec2_encrypted_key algorithm=\"aes-128-cbc\">AB"
		"</ec2_encrypted_key>"
		"<ec2_encrypted_iv>CD</ec2_encrypted_iv>"
		"<user_encrypted_iv/>"
		"<parts count=\"3\">"
		"<part index=\"2\"><filename>im.part.10</filename>"
		"<digest algorithm=\"sha1\">"
		"DA39A3EE5E6B4B0D3255BFEF95601890AFD80709</digest></part>"
		"<part index=\"0\"><digest algorithm=\"SHA1\">1</digest>"
		"<filename>im.part.8</filename></part>"
		"<part index=\"1\"><filename>im.part.9</filename>"
		"<digest algorithm=\"SHA1\">2</digest></part>"
		"</parts></image>"
		"<machine_configuration><product_codes/>"
		"<architecture>armhf</architecture>"
		"<kernel_id>windows</kernel_id>"
		"<block_device_mapping><mapping><device>sda1</device>"
		"<virtual>ami</virtual></mapping></block_device_mapping>"
		"</machine_configuration>\n"
		"</manifest>\n";
	auto_of(arena) arena = arena_new();
	struct manifest got;

	assert(arena);
	parse(other, arena, &got);
	assert(strcmp(got.digest, ZEROS39 "7") == 0);
	assert(got.size == 512 && got.bundled_size == 16);
	assert(strcmp(got.type, "ramdisk") == 0 && !*got.user_key);
	assert(got.part_count == 3);
	assert(strcmp(got.parts[0].name, "im.part.8") == 0);
	assert(strcmp(got.parts[2].name, "im.part.10") == 0);
	assert(strcmp(got.parts[2].digest, DIGEST) == 0);
	assert(got.mapping_count == 1 &&
	       strcmp(got.mappings[0].device, "sda1") == 0);
	assert(!got.signature && got.product_code_count == 0);
}

#define OLD_IMAGE                                                           \
	"<image><name>old.img</name><user>123456789012</user>"               \
	"<digest algorithm='SHA1'>" DIGEST "</digest><size>1</size>"         \
	"<bundled_size>16</bundled_size>"                                    \
	"<ec2_encrypted_key algorithm='AES-128-CBC'>1</ec2_encrypted_key>"   \
	"<user_encrypted_key algorithm='AES-128-CBC'>2</user_encrypted_key>" \
	"<ec2_encrypted_iv>3</ec2_encrypted_iv>"                             \
	"<user_encrypted_iv>4</user_encrypted_iv>"                           \
	"<parts count='1'><part index='0'><filename>old.part.0</filename>"   \
	"<digest algorithm='SHA1'>" DIGEST "</digest></part></parts></image>"

static void test_old(void)
{
	static const char three[] =
		"<?xml version='1.0'?><manifest><version>3</version>"
		"<bundler><name>ec2-ami-tools</name><version>1.2</version>"
		"<release>1</release></bundler>" OLD_IMAGE
		"<signature>abc</signature></manifest>";
	static const char next[] =
		"<?xml version='1.0'?><manifest><version>%s</version>"
		"<machine_configuration><architecture>x86_64</architecture>"
		"</machine_configuration>" OLD_IMAGE
		"<signature>abc</signature></manifest>";
	static const char *const versions[] = { "20070829", "2007-08-29" };
	auto_of(arena) arena = arena_new();
	auto_buf covered = BUF_INIT;
	struct manifest got;
	struct error err = { 0 };

	assert(arena && manifest_parse(three, strlen(three), arena, &got,
				       &covered, &err));
	assert(strcmp(buf_text(&covered), OLD_IMAGE) == 0);
	assert(strcmp(got.architecture, "i386") == 0);
	assert(strcmp(got.type, "machine") == 0);
	assert(strcmp(got.signature, "abc") == 0);
	for (size_t i = 0; i < 2; i++) {
		char old[2048];

		snprintf(old, sizeof(old), next, versions[i]);
		parse(old, arena, &got);
		assert(strcmp(got.architecture, "x86_64") == 0);
		assert(strcmp(got.type, "machine") == 0);
	}
}

static void test_names(void)
{
	static const struct {
		size_t index, count;
		const char *name;
	} names[] = {
		{ 0, 9, "p.part.0" },	  { 8, 9, "p.part.8" },
		{ 0, 10, "p.part.00" },	  { 9, 10, "p.part.09" },
		{ 7, 100, "p.part.007" },
	};
	char name[202];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		auto_free char *got =
			manifest_part_name("p", names[i].index, names[i].count);

		assert(got && strcmp(got, names[i].name) == 0);
	}
	assert(bundle_name_ok("Debian-12_x.img"));
	assert(!bundle_name_ok("") && !bundle_name_ok(".x") &&
	       !bundle_name_ok("-x") && !bundle_name_ok("a/b") &&
	       !bundle_name_ok("a b") && !bundle_name_ok("a&b"));
	memset(name, 'a', 201);
	name[201] = 0;
	assert(!bundle_name_ok(name));
	name[200] = 0;
	assert(bundle_name_ok(name));
}

int main(void)
{
	test_write();
	test_write_kernel();
	test_read();
	test_variants();
	test_old();
	test_names();
	return 0;
}
