/* hostile.c - manifests that lie, climb out, swell or wrap what was signed
 *
 * Each is a right one with one thing changed. What is wrong behind the
 * manifest, from the parts to the archive, is in hostile-stream.c.
 */
#include <assert.h>

#include "tests/bundle/hostile.h"

static const char *text; /* of the right manifest */

/* The text with the first occurrence of `from` replaced. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at) {
		printf("no %s in %s\n", from, text);
		abort();
	}
	return format_text("%.*s%s%s", (int)(at - text), text, to,
			   at + strlen(from));
}

#define NAME "<name>image</name>"
#define SIZE "<size>5000</size>"
#define PART_0 "<filename>image.part.0</filename>"
#define IMAGE_END "</parts></image>"
#define SHA1 "<digest algorithm='SHA1'>"
#define AES "<user_encrypted_key algorithm='AES-128-CBC'>"
#define DIGITS_41 "00000000000000000000000000000000000000001"
#define BEGIN "<manifest><version>2007-10-10</version>"

static const struct {
	const char *name, *from, *to, *says;
} cases[] = {
	/* names */
	{ "name climbs", NAME, "<name>../image</name>", "not the name of a" },
	{ "name is absolute", NAME, "<name>/tmp/image</name>",
	  "not the name of a" },
	{ "name is here", NAME, "<name>.</name>", "not the name of a" },
	{ "name is above", NAME, "<name>..</name>", "not the name of a" },
	{ "name is empty", NAME, "<name></name>", "not the name of a" },
	{ "name has no end", NAME, "<name/>", "not the name of a" },
	{ "name ends in a slash", NAME, "<name>out/</name>",
	  "not the name of a" },
	{ "name has a line break", NAME, "<name>a&#10;b</name>",
	  "control character" },
	{ "name has an escape", NAME, "<name>a&#127;b</name>",
	  "control character" },
	{ "name has a NUL", NAME, "<name>image&#0;</name>", "no XML" },
	{ "name is missing", NAME, "", "name is missing" },
	{ "name is there twice", NAME, NAME NAME, "name is there twice" },
	{ "name has elements", NAME, "<name>im<b>a</b>ge</name>",
	  "not just a text" },
	{ "part climbs", PART_0, "<filename>../key.pem</filename>",
	  "not the name of a" },
	{ "part is absolute", PART_0, "<filename>/etc/passwd</filename>",
	  "not the name of a" },
	{ "part is above", PART_0, "<filename>..</filename>",
	  "not the name of a" },
	{ "part is another's", PART_0, "<filename>image.part.1</filename>",
	  "that of two parts" },
	{ "part has no name", PART_0, "", "filename is missing" },
	{ "part has two names", PART_0, PART_0 PART_0, "there twice" },
	{ "part is a command", PART_0, "<filename>$(touch x)</filename>",
	  "is missing" },
	{ "part has no digest", "image.part.0</filename>" SHA1,
	  "image.part.0</filename><digest algorithm='MD5'>", "not by SHA1" },
	/* numbers */
	{ "size is 0", SIZE, "<size>0</size>", "size is 0" },
	{ "size is negative", SIZE, "<size>-5000</size>", "decimal digits" },
	{ "size has a sign", SIZE, "<size>+5000</size>", "decimal digits" },
	{ "size has a blank", SIZE, "<size> 5000</size>", "decimal digits" },
	{ "size is hexadecimal", SIZE, "<size>0x1388</size>",
	  "decimal digits" },
	{ "size is a fraction", SIZE, "<size>5e3</size>", "decimal digits" },
	{ "size is huge", SIZE, "<size>9999999999999999999</size>",
	  "decimal digits" },
	{ "size is empty", SIZE, "<size/>", "decimal digits" },
	{ "size is missing", SIZE, "", "size is missing" },
	{ "size is there twice", SIZE, SIZE SIZE, "there twice" },
	{ "size is more", SIZE, "<size>5001</size>", "another size" },
	{ "size is less", SIZE, "<size>4999</size>", "another size" },
	{ "bundled_size is there twice", "<bundled_size>",
	  "<bundled_size>0</bundled_size><bundled_size>", "there twice" },
	{ "bundled_size is odd", "</bundled_size>", "1</bundled_size>",
	  "multiple of 16" },
	{ "bundled_size is ten times more", "</bundled_size>",
	  "0</bundled_size>", "the manifest says" },
	/* parts */
	{ "count is 0", "count='2'", "count='0'", "and says 0" },
	{ "count is less", "count='2'", "count='1'", "has 2 parts" },
	{ "count is more", "count='2'", "count='3'", "has 2 parts" },
	{ "count is huge", "count='2'", "count='99999999999999'",
	  "has 2 parts" },
	{ "count is negative", "count='2'", "count='-2'", "decimal digits" },
	{ "count is hexadecimal", "count='2'", "count='0x2'",
	  "decimal digits" },
	{ "count is missing", " count='2'", "", "decimal digits" },
	{ "an index has a gap", "index='1'", "index='2'", "not below" },
	{ "an index is huge", "index='1'", "index='999999999999999999'",
	  "not below" },
	{ "an index is negative", "index='1'", "index='-1'", "decimal digits" },
	{ "an index is there twice", "index='1'", "index='0'",
	  "index is that of two" },
	{ "an index is missing", " index='1'", "", "decimal digits" },
	{ "parts are there twice", IMAGE_END,
	  "</parts><parts count='0'/></image>", "there twice" },
	/* digests and keys */
	{ "digest is none", SHA1, SHA1 "g", "hexadecimal" },
	{ "digest is long", SHA1, SHA1 DIGITS_41, "hexadecimal" },
	{ "digest is another", SHA1, "<digest algorithm='SHA256'>",
	  "not by SHA1" },
	{ "digest is of nothing known", SHA1, "<digest>", "not by SHA1" },
	{ "digest is there twice", SHA1, "<digest/>" SHA1, "there twice" },
	{ "cipher is another", AES, "<user_encrypted_key algorithm='none'>",
	  "not by AES-128-CBC" },
	{ "key is a command", AES, AES "';id;'", "hexadecimal" },
	/* what the manifest is */
	{ "version is unknown", "<version>2007-10-10", "<version>2030-01-01",
	  "2030-01-01 is unknown" },
	{ "version is Eucalyptus'", "<version>2007-10-10",
	  "<version>2014-01-14", "download manifest" },
	{ "version is there twice", BEGIN, BEGIN "<version>3</version>",
	  "there twice" },
	{ "version is missing", "<version>2007-10-10</version>", "",
	  "version is missing" },
	{ "version has no such element", "<version>2007-10-10", "<version>3",
	  "not of its version" },
	{ "type is unknown", "<type>machine", "<type>shell", "type is not" },
	{ "type is missing", "<type>machine</type>", "", "type is missing" },
	{ "architecture is missing", "<architecture>x86_64</architecture>", "",
	  "architecture is missing" },
	{ "mapping has no device", "</architecture>",
	  "</architecture><block_device_mapping><mapping><virtual>ami"
	  "</virtual></mapping></block_device_mapping>",
	  "device is missing" },
	{ "signature is none", "<signature>UNSIGNED", "<signature>SIGNED",
	  "signature is not hexadecimal" },
	{ "root is another", BEGIN, "<html>", "no XML" },
	/* what comes from outside, or swells */
	{ "document type", BEGIN, "<!DOCTYPE manifest>" BEGIN,
	  "document type" },
	{ "entity bomb", BEGIN,
	  "<!DOCTYPE manifest [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b"
	  " '&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;'>]>" BEGIN,
	  "document type" },
	{ "external entity", BEGIN,
	  "<!DOCTYPE m [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" BEGIN,
	  "document type" },
	{ "document type in a comment", BEGIN, "<!--<!DOCTYPE m>-->" BEGIN,
	  "document type" },
	{ "entity without a type", BEGIN, "<!ENTITY x 'y'>" BEGIN,
	  "document type" },
	{ "document type in small letters", BEGIN, "<!doctype m>" BEGIN,
	  "no XML" },
	{ "entity that is not declared", NAME, "<name>&image;</name>",
	  "no XML" },
	{ "inclusion", NAME,
	  "<name><xi:include xmlns:xi='http://www.w3.org/2001/XInclude'"
	  " href='file:///etc/passwd'/></name>",
	  "namespaces" },
	{ "namespace", "<manifest>", "<manifest xmlns='urn:x'>", "namespaces" },
	{ "instruction", BEGIN, BEGIN "<?php system('id') ?>",
	  "an instruction" },
	/* signature wrapping */
	{ "comment in what is signed", NAME, "<!-- x -->" NAME, "a comment" },
	{ "comment in a name", NAME, "<name>im<!-- x -->age</name>",
	  "a comment" },
	{ "instruction in what is signed", NAME, "<?x y?>" NAME,
	  "an instruction" },
	{ "CDATA", NAME, "<name><![CDATA[image]]></name>", "CDATA" },
	{ "second image", "<signature>", "<image></image><signature>",
	  "there twice" },
	{ "second image with a blank", "<signature>",
	  "<image ></image ><signature>", "there twice" },
	{ "second image before", BEGIN, BEGIN "<image>x</image>",
	  "there twice" },
	{ "second image elsewhere", BEGIN, BEGIN "<copy><image></image></copy>",
	  "exactly once" },
	{ "signed text in a comment", "<signature>",
	  "<!--<image></image>--><signature>", "a comment" },
	{ "only the signed text in a comment", "</image>",
	  "</image ><!-- </image> -->", "a comment" },
	{ "image with an attribute", "<image>", "<image id='1'>",
	  "exactly once" },
	{ "image with a blank", "<image>", "<image >", "exactly once" },
	{ "image ended with a blank", "</image>", "</image >", "exactly once" },
	{ "image elsewhere", "<image>", "<x><image>", "no XML" },
	{ "machine twice", "<image>",
	  "<machine_configuration></machine_configuration><image>",
	  "there twice" },
	{ "machine in the image", NAME,
	  NAME "<machine_configuration></machine_configuration>",
	  "exactly once" },
	{ "machine is missing", "<machine_configuration>",
	  "<!-- --><other></other><machine_configuration x=''>",
	  "exactly once" },
	/* trailing and broken text */
	{ "text behind the end", "</manifest>", "</manifest>x", "no XML" },
	{ "second manifest", "</manifest>", "</manifest><manifest/>",
	  "no XML" },
	{ "no end", "</manifest>", "", "no XML" },
	{ "blank before the declaration", "<?xml", " <?xml", "no XML" },
	{ "no UTF-8", NAME, "<name>im\xff\xfe</name>", "no XML" },
	{ "overlong UTF-8", NAME, "<name>..\xc0\xafx</name>", "no XML" },
	{ "UTF-7 hides a tag", "<?xml version='1.0'?>",
	  "<?xml version='1.0' encoding='UTF-7'?>+ADw-image+AD4-", "no XML" },
};

static void test_changes(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		auto_free char *other = changed(cases[i].from, cases[i].to);

		assert(other);
		refused(cases[i].name, other, strlen(other), "key.pem",
			FAULT_INVALID_MANIFEST, cases[i].says);
	}
}

/* A text that is repeated, put somewhere, up to some size. */
static void test_swollen(void)
{
	static const struct {
		const char *name, *before, *each;
		size_t size;
		const char *says;
	} swollen[] = {
		{ "larger than allowed", "<bundler>",
		  "<x>yyyyyyyyyyyyyyyyyy"
		  "yyyyyyyy</x>",
		  6 << 20, "larger than 5242880" },
		{ "endless text", "<bundler>", "yyyy", 4 << 20, "too long" },
		{ "endless attributes", "<bundler", " a%zu=''", 4 << 20,
		  "too long" },
		{ "nothing but elements", "<bundler>", "<a/>", 4 << 20,
		  "made of tags" },
		{ "deep elements", "<bundler>", "<abcdefghijklmnopqrstuvwxyz>",
		  1 << 20, "no XML" },
		{ "long name", "<image><name>", "abcd", 6000,
		  "not the name of a" },
		{ "part elements without end", "<parts count='2'>",
		  "<part index='0'><filename>abcdefghijklmnopqrstuvwxyz0123456789</filename>"
		  "</part>",
		  4 << 20, "and says 2" },
		{ "mappings without end", "<machine_configuration>",
		  "<block_device_mapping></block_device_mapping>", 4 << 20,
		  "there twice" },
		{ "many attributes", "<bundler>",
		  "<abcd a='' b='' c='' d='' e='' f='' g='' h='' i=''/>",
		  4 << 20, "made of tags" },
		{ "as many attributes and tags as can be", "<bundler>",
		  "<abcdefghijklmnop a=''/>yyyyyyyyyyyyyyyyyy"
		  "<abcdefghijklmno/>",
		  5200000, NULL },
		{ "long signature", "<signature>", "UUUUUUUU", 8000,
		  "not hexadecimal" },
	};

	for (size_t i = 0; i < sizeof(swollen) / sizeof(swollen[0]); i++) {
		const char *at = strstr(text, swollen[i].before);
		auto_buf big = BUF_INIT;

		assert(at);
		at += strlen(swollen[i].before);
		buf_add(&big, text, (size_t)(at - text));
		for (size_t n = 0; big.size < swollen[i].size; n++) {
			if (strchr(swollen[i].each, '%'))
				buf_printf(&big, " a%zu=''", n);
			else
				buf_str(&big, swollen[i].each);
		}
		buf_str(&big, at);
		assert(!big.broken);
		if (swollen[i].says) {
			refused(swollen[i].name, big.data, big.size, "key.pem",
				FAULT_INVALID_MANIFEST, swollen[i].says);
		} else {
			struct error err;

			attempt(big.data, big.size, "key.pem", &err);
			assert(!err.fault && unlink("out/image") == 0);
		}
	}
}

/* What is no text, or another one. */
static void test_bytes(void)
{
	size_t size = strlen(text);
	auto_free char *copy = strdup(text), *wide = calloc(2, size + 1);

	assert(copy && wide);
	refused("empty", "", 0, "key.pem", FAULT_INVALID_MANIFEST, "no XML");
	refused("not XML", "hello", 5, "key.pem", FAULT_INVALID_MANIFEST,
		"no XML");
	refused("encrypted", "\002\001\000xyz", 6, "key.pem",
		FAULT_INVALID_MANIFEST, "is encrypted");
	refused("compressed", "\x1f\x8b\x08xyz", 6, "key.pem",
		FAULT_INVALID_MANIFEST, "no XML");
	refused("cut", text, size / 2, "key.pem", FAULT_INVALID_MANIFEST,
		"no XML");
	copy[size / 2] = 0;
	refused("with a NUL", copy, size, "key.pem", FAULT_INVALID_MANIFEST,
		"NUL");
	wide[0] = (char)0xff;
	wide[1] = (char)0xfe;
	for (size_t i = 0; i < size; i++)
		wide[2 + 2 * i] = text[i];
	refused("in UTF-16", wide, 2 * size + 2, "key.pem",
		FAULT_INVALID_MANIFEST, "NUL");
	refused("with another's key", text, size, "other.pem",
		FAULT_AUTH_FAILURE, "does not open");
}

/* Both copies of a key are missing, cut, or longer than the key is. */
static void test_keys(const struct manifest *right)
{
	char longer[2 * 256 + 3], cut[2 * 256 + 1];
	const char *const keys[] = { NULL, "00", longer, cut };

	/* at its end: a number without its first digits may be the same */
	snprintf(cut, sizeof(cut), "%.*s", (int)strlen(right->user_key) - 2,
		 right->user_key);
	snprintf(longer, sizeof(longer), "00%s", right->user_key);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct manifest manifest = *right;
		auto_buf wrong = BUF_INIT;
		struct error err = { 0 };

		manifest.user_key = manifest.ec2_key = keys[i];
		assert(manifest_write(&manifest, NULL, &wrong, &err));
		refused("key", wrong.data, wrong.size, "key.pem",
			FAULT_AUTH_FAILURE, "does not open");
	}
}

/* Sizes of all parts that no ciphertext has. */
static void test_bundled(const struct manifest *right)
{
	static const uint64_t sizes[] = { 0, 8, 15, 17, 1 << 20 | 8 };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct manifest manifest = *right;
		auto_buf wrong = BUF_INIT;
		struct error err = { 0 };

		manifest.bundled_size = sizes[i];
		assert(manifest_write(&manifest, NULL, &wrong, &err));
		refused("bundled_size", wrong.data, wrong.size, "key.pem",
			FAULT_INVALID_MANIFEST, "multiple of 16");
	}
}

/* What is signed is covered byte by byte, and nothing else is. */
static void test_signed(const struct manifest *manifest)
{
	static const struct {
		const char *from, *to;
		bool good;
	} edits[] = {
		{ "x86_64", "x86_64", true },
		{ "<bundler>", "<bundler><!-- x -->", true },
		{ "x86_64", "i386", false },
		{ NAME, "<name>imagf</name>", false },
		{ NAME, " " NAME, false },
		{ "index='0'", "index=\"0\"", false },
		{ "<image>", "<x/><image>", true },
	};
	auto_of(rsa) key = NULL;
	auto_of(rsa) other = NULL;
	auto_buf good = BUF_INIT;
	struct error err = { 0 };

	assert(rsa_read_private("key.pem", &key, &err));
	assert(rsa_read_private("other.pem", &other, &err));
	assert(manifest_write(manifest, key, &good, &err));
	text = buf_text(&good);
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		auto_free char *edited = changed(edits[i].from, edits[i].to);
		auto_of(arena) arena = arena_new();
		auto_buf covered = BUF_INIT;
		struct manifest got;

		assert(arena && edited);
		assert(manifest_parse(edited, strlen(edited), arena, &got,
				      &covered, &err));
		assert(manifest_verify(&got, &covered, key, &err) ==
		       edits[i].good);
		assert(edits[i].good || err.fault == FAULT_INVALID_MANIFEST);
		error_clear(&err);
		assert(!manifest_verify(&got, &covered, other, &err));
		error_clear(&err);
	}
}

int main(void)
{
	static uint8_t image[5000];
	auto_of(arena) arena = arena_new();
	auto_of(rsa) key = NULL;
	auto_buf tar = BUF_INIT, packed = BUF_INIT, sealed = BUF_INIT;
	auto_buf good = BUF_INIT;
	struct manifest manifest;
	struct error err = { 0 };

	assert(arena && chdir(getenv("TMPDIR")) == 0);
	assert(mkdir("work", 0700) == 0 && chdir("work") == 0);
	assert(mkdir("parts", 0700) == 0 && mkdir("out", 0700) == 0);
	assert(rsa_make("key.pem", "cert.pem", "123456789012", &err));
	assert(rsa_make("other.pem", "other.cert", "123456789012", &err));
	assert(rsa_read_private("key.pem", &key, &err));
	fill(image, sizeof(image), 1);
	tar_member(&tar, '0', "image", image, sizeof(image));
	tar_end(&tar);
	gzip_add(&packed, tar.data, tar.size, 6);
	encrypt(&sealed, &packed, true);
	manifest = manifest_for(&tar, sizeof(image));
	parts_put(&sealed, 3000, "parts", arena, &manifest);
	assert(bundle_key_wrap(&test_key, key, arena, &manifest.user_key,
			       &manifest.user_iv, &err));
	manifest.ec2_key = manifest.user_key;
	manifest.ec2_iv = manifest.user_iv;
	assert(manifest_write(&manifest, NULL, &good, &err));
	text = buf_text(&good);
	attempt(text, good.size, "key.pem", &err);
	printf("%s\n", err.text);
	assert(!err.fault && unlink("out/image") == 0);
	test_changes();
	test_swollen();
	test_bytes();
	test_bundled(&manifest);
	test_keys(&manifest);
	test_signed(&manifest);
	return 0;
}
