/* key.c - keys of every form and size, signatures, and a bundle's secret
 *
 * The keys are made by openssl's command, which also signs and wraps, so that
 * both directions are held against what others do.
 */
#include "bundle/key.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "images/base/arena.h"
#include "images/base/buf.h"
#include "images/base/file.h"
#include "images/base/hex.h"

static void run(const char *command)
{
	if (system(command) != 0) {
		fprintf(stderr, "failed: %s\n", command);
		abort();
	}
}

static struct rsa *private_key(const char *path)
{
	struct rsa *key;
	struct error err = { 0 };

	if (!rsa_read_private(path, &key, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return key;
}

static struct rsa *public_key(const char *path)
{
	struct rsa *key;
	struct error err = { 0 };

	if (!rsa_read_certificate(path, &key, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return key;
}

static const char *const sizes[] = { "768", "1024", "2048", "4096" };

/* Every size signs, verifies, wraps and unwraps; as PKCS #8 and PKCS #1. */
static void test_sizes(void)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		auto_of(arena) arena = arena_new();
		auto_of(rsa) key = NULL;
		auto_of(rsa) other = NULL;
		auto_of(rsa) reader = NULL;
		auto_buf signature = BUF_INIT;
		struct bundle_key secret, got;
		struct manifest manifest = { 0 };
		struct error err = { 0 };
		char command[256];

		snprintf(command, sizeof(command),
			 "openssl genrsa -out k8 %s 2>/dev/null &&"
			 " openssl rsa -in k8 -traditional -out k1"
			 " 2>/dev/null && openssl rsa -in k8 -pubout -out p"
			 " 2>/dev/null && grep -q 'BEGIN PRIVATE' k8 &&"
			 " grep -q 'BEGIN RSA PRIVATE' k1",
			 sizes[i]);
		run(command);
		key = private_key("k8");
		other = private_key("k1");
		reader = public_key("p");
		assert(rsa_sign_sha1(key, "text", 4, &signature, &err));
		assert(rsa_verify_sha1(reader, "text", 4, buf_text(&signature),
				       &err));
		assert(!rsa_verify_sha1(reader, "texs", 4, buf_text(&signature),
					&err));
		assert(err.fault == FAULT_INVALID_MANIFEST);
		error_clear(&err);
		bundle_key_make(&secret);
		assert(arena && bundle_key_wrap(&secret, reader, arena,
						&manifest.user_key,
						&manifest.user_iv, &err));
		assert(strlen(manifest.user_key) ==
		       strtoul(sizes[i], NULL, 10) / 4);
		assert(bundle_key_unwrap(&manifest, other, &got, &err));
		assert(memcmp(&got, &secret, sizeof(got)) == 0);
	}
}

/* Certificates, also long expired ones; and what is none. */
static void test_forms(void)
{
	static const struct {
		const char *make;
		bool private;
		const char *says;
	} bad[] = {
		{ "openssl genpkey -algorithm RSA -aes128 -pass pass:x"
		  " -out f 2>/dev/null",
		  true, "pass phrase" },
		{ "openssl genrsa -aes128 -passout pass:x -traditional -out f"
		  " 2>/dev/null",
		  true, "pass phrase" },
		{ "openssl genpkey -algorithm EC -pkeyopt"
		  " ec_paramgen_curve:P-256 -out f 2>/dev/null",
		  true, "no RSA key" },
		{ "openssl genrsa -out f 512 2>/dev/null", true,
		  "no RSA key of 768 to 4096 bits" },
		{ "openssl rsa -in f -outform DER -out g 2>/dev/null;"
		  " mv g f",
		  true, "no PEM private key" },
		{ "cp p f", true, "no PEM private key" },
		{ "cp k8 f", false, "no PEM certificate or public key" },
		{ ": >f", true, "no PEM private key" },
		{ "head -c 2000000 /dev/zero >f", true, "larger than" },
	};
	struct error err = { 0 };
	struct rsa *key = NULL;

	run("openssl req -x509 -key k8 -subj /CN=x -days 1 -out c"
	    " 2>/dev/null && openssl x509 -in c -text -out t");
	rsa_free(public_key("c"));
	rsa_free(public_key("t"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		run(bad[i].make);
		assert(bad[i].private ? !rsa_read_private("f", &key, &err) :
					!rsa_read_certificate("f", &key, &err));
		printf("%s\n", err.text);
		assert(err.fault == FAULT_INVALID_PARAMETER &&
		       strstr(err.text, bad[i].says) && err.text[0] == 'f');
		error_clear(&err);
	}
	assert(!rsa_read_private("nowhere", &key, &err) && !key);
}

/* A signature by openssl, and the other way round; leading zeros may lack. */
static void test_signature(void)
{
	auto_of(rsa) key = private_key("k8");
	auto_buf raw = BUF_INIT, hex = BUF_INIT;
	struct manifest manifest = { 0 };
	auto_buf covered = BUF_INIT;
	struct error err = { 0 };
	char digits[1025];

	run("printf covered >d && openssl dgst -sha1 -sign k8 -out s d");
	assert(file_read("s", 512, &raw, &err) && raw.size == 512);
	hex_write(raw.data, raw.size, digits);
	buf_str(&covered, "covered");
	manifest.signature = digits;
	assert(manifest_verify(&manifest, &covered, key, &err));
	digits[100] ^= 1;
	assert(!manifest_verify(&manifest, &covered, key, &err));
	assert(err.fault == FAULT_INVALID_MANIFEST);
	error_clear(&err);
	manifest.signature = "zz";
	assert(!manifest_verify(&manifest, &covered, key, &err));
	error_clear(&err);
	manifest.signature = NULL;
	assert(!manifest_verify(&manifest, &covered, key, &err));
	assert(strstr(err.text, "not signed"));
	error_clear(&err);

	assert(rsa_sign_sha1(key, "covered", 7, &hex, &err));
	digits[100] ^= 1;
	assert(strcmp(buf_text(&hex), digits) == 0);

	for (unsigned i = 0; i < 2000; i++) { /* 1 of 256 begins with 00 */
		auto_buf short_hex = BUF_INIT;

		assert(rsa_sign_sha1(key, &i, sizeof(i), &short_hex, &err));
		if (strncmp(buf_text(&short_hex), "00", 2) != 0)
			continue;
		assert(rsa_verify_sha1(key, &i, sizeof(i),
				       buf_text(&short_hex) + 2, &err));
		return;
	}
	assert(!"a signature with leading zeros");
}

/* Wraps a text as openssl's command does. */
static char *wrapped(const char *text, const char *with)
{
	static char hex[4][1025];
	static unsigned next;
	char *to = hex[next++ % 4], command[256];
	auto_buf raw = BUF_INIT;
	struct error err = { 0 };

	snprintf(command, sizeof(command),
		 "printf '%s' | openssl pkeyutl -encrypt -pubin -inkey %s"
		 " -out w",
		 text, with);
	run(command);
	assert(file_read("w", 512, &raw, &err));
	hex_write(raw.data, raw.size, to);
	return to;
}

static void test_secret(void)
{
	static const char key_text[] = "00112233445566778899aAbBcCdDeEfF";
	static const uint8_t key_wanted[16] = {
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
		0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff
	};
	static const char *const bad[] = {
		"", "00112233445566778899aabbccddeefff", "0011 2233",
		"00112233445566778899aabbccddeefg", "$(id)", " ",
	};
	auto_of(rsa) key = NULL;
	auto_of(rsa) wrong = NULL;
	struct manifest manifest = { 0 };
	struct bundle_key got;
	struct error err = { 0 };

	run("openssl genrsa -out user 2048 2>/dev/null &&"
	    " openssl rsa -in user -pubout -out user.pub 2>/dev/null &&"
	    " openssl genrsa -out cloud 2048 2>/dev/null &&"
	    " openssl rsa -in cloud -pubout -out cloud.pub 2>/dev/null");
	key = private_key("user");
	wrong = private_key("k1");
	/* blanks around, and a short IV, which zeros follow */
	manifest.user_key = wrapped(key_text, "user.pub");
	manifest.user_iv = wrapped("\\n  0123456789abcdef \\n", "user.pub");
	assert(bundle_key_unwrap(&manifest, key, &got, &err));
	assert(memcmp(got.key, key_wanted, 16) == 0);
	assert(memcmp(got.iv, "\x01\x23\x45\x67\x89\xab\xcd\xef\0\0\0\0\0\0\0",
		      16) == 0);

	/* the cloud's key opens its own copy */
	manifest.ec2_key = manifest.user_key;
	manifest.ec2_iv = manifest.user_iv;
	manifest.user_key = wrapped(key_text, "cloud.pub");
	manifest.user_iv = wrapped(key_text, "cloud.pub");
	assert(bundle_key_unwrap(&manifest, key, &got, &err));
	assert(memcmp(got.key, key_wanted, 16) == 0);
	manifest.user_key = manifest.user_iv = "";
	assert(bundle_key_unwrap(&manifest, key, &got, &err));

	memset(&got, 0x55, sizeof(got));
	assert(!bundle_key_unwrap(&manifest, wrong, &got, &err));
	assert(err.fault == FAULT_AUTH_FAILURE && got.key[3] == 0x55);
	error_clear(&err);
	manifest.ec2_key = NULL;
	assert(!bundle_key_unwrap(&manifest, key, &got, &err));
	error_clear(&err);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		manifest.user_key = manifest.ec2_key =
			wrapped(bad[i], "user.pub");
		assert(!bundle_key_unwrap(&manifest, key, &got, &err));
		assert(err.fault == FAULT_AUTH_FAILURE);
		error_clear(&err);
	}
}

static void test_make(void)
{
	auto_of(rsa) key = NULL;
	auto_of(rsa) certificate = NULL;
	auto_buf before = BUF_INIT, after = BUF_INIT, signature = BUF_INIT;
	struct error err = { 0 };
	struct stat st;

	assert(rsa_make("key.pem", "cert.pem", "123456789012", &err));
	assert(stat("key.pem", &st) == 0 && (st.st_mode & 07777) == 0600);
	run("openssl x509 -in cert.pem -noout -subject | grep -q 123456789012"
	    " && openssl verify -CAfile cert.pem cert.pem >/dev/null");
	key = private_key("key.pem");
	certificate = public_key("cert.pem");
	assert(rsa_sign_sha1(key, "x", 1, &signature, &err));
	assert(rsa_verify_sha1(certificate, "x", 1, buf_text(&signature),
			       &err));

	/* what is there stays; what is missing is made for it */
	assert(file_read("key.pem", 8192, &before, &err));
	assert(unlink("cert.pem") == 0);
	assert(rsa_make("key.pem", "cert.pem", "123456789012", &err));
	assert(rsa_make("key.pem", "cert.pem", "123456789012", &err));
	assert(file_read("key.pem", 8192, &after, &err));
	assert(strcmp(buf_text(&before), buf_text(&after)) == 0);
	rsa_free(certificate);
	certificate = public_key("cert.pem");
	assert(rsa_verify_sha1(certificate, "x", 1, buf_text(&signature),
			       &err));
	run("test $(ls | grep -c pem) = 2"); /* and nothing beside them */

	assert(unlink("key.pem") == 0);
	assert(!rsa_make("key.pem", "cert.pem", "123456789012", &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
}

int main(void)
{
	assert(chdir(getenv("TMPDIR")) == 0);
	test_sizes();
	test_forms();
	test_signature();
	test_secret();
	test_make();
	return 0;
}
