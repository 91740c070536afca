/* identity.c - JSON, an RSA signature with SHA-256, and PKCS #7 around both
 *
 * EC2 has two kinds of PKCS #7 here: with DSA at "pkcs7" and with RSA of 2048
 * bits at "rsa2048". The store has one pair, which is of the second kind; both
 * places have it.
 */
#include "launcher/metadata/identity.h"

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/file.h"
#include "images/bundlekey.h"

#define DOCUMENT_VERSION "2017-09-30"
#define LINE 76
#define PEM_MOST (64 << 10)

static inline void bio_done(struct bio_st *bio)
{
	BIO_free(bio);
}
AUTO_DEFINE(bio_st, bio_done)
AUTO_DEFINE(evp_pkey_st, EVP_PKEY_free)
AUTO_DEFINE(evp_md_ctx_st, EVP_MD_CTX_free)
AUTO_DEFINE(x509_st, X509_free)
AUTO_DEFINE(pkcs7_st, PKCS7_free)

/* Times are whole seconds here. */
static void write_time(usec_t time, char ret_text[TIME_SIZE])
{
	time_format(time, ret_text);
	snprintf(ret_text + strcspn(ret_text, "."), 2, "Z");
}

bool identity_write(const struct facts *facts, struct arena *arena,
		    struct identity *ret_identity, struct error *err)
{
	const struct instance *instance = &facts->instance;
	auto_free char *text = NULL;
	const char *document;
	char pending[TIME_SIZE];
	json_t *json;

	write_time(instance->launched, pending);
	json = json_pack("{s:s, s:s, s:s, s:n, s:n, s:n, s:s, s:s, s:s, s:s?, "
			 "s:s, s:s, s:s?, s:s, s:s}",
			 "accountId", instance->owner, "architecture",
			 instance->architecture, "availabilityZone",
			 instance->zone, "billingProducts",
			 "devpayProductCodes", "marketplaceProductCodes",
			 "imageId", instance->image, "instanceId", instance->id,
			 "instanceType", instance->type, "kernelId",
			 instance->kernel, "pendingTime", pending, "privateIp",
			 instance->address, "ramdiskId", instance->ramdisk,
			 "region", facts->region, "version", DOCUMENT_VERSION);
	if (json)
		text = json_dumps(json, JSON_INDENT(2));
	json_decref(json);
	document = arena_str(arena, text);
	if (!document)
		return fail_memory(err);
	*ret_identity = (struct identity){ .document = document };
	return true;
}

/* A file's text that is wiped before it is freed. */
static void wiped(struct buf *text)
{
	if (text->data)
		OPENSSL_cleanse(text->data, text->room);
	buf_done(text);
}

static struct bio_st *open_text(const struct buf *text)
{
	return BIO_new_mem_buf(buf_text(text), (int)text->size);
}

/* The store's own key and certificate, made if there are none. */
static bool read_pair(struct call *call, EVP_PKEY **ret_key, X509 **ret_crt,
		      struct error *err)
{
	__attribute__((cleanup(wiped))) struct buf key_text = BUF_INIT;
	auto_free char *key_path = bundle_key_path(call->store, BUNDLE_KEY_EC2);
	auto_free char *crt_path =
		bundle_certificate_path(call->store, BUNDLE_KEY_EC2);
	auto_buf crt_text = BUF_INIT;
	auto_of(bio_st) key = NULL;
	auto_of(bio_st) crt = NULL;
	auto_of(rsa) made = NULL;

	if (!key_path || !crt_path)
		return fail_memory(err);
	if (!bundle_key_of(call, BUNDLE_KEY_EC2, &made, err) ||
	    !file_read(key_path, PEM_MOST, &key_text, err) ||
	    !file_read(crt_path, PEM_MOST, &crt_text, err))
		return false;
	key = open_text(&key_text);
	crt = open_text(&crt_text);
	*ret_key = key ? PEM_read_bio_PrivateKey(key, NULL, NULL, NULL) : NULL;
	*ret_crt = crt ? PEM_read_bio_X509(crt, NULL, NULL, NULL) : NULL;
	return (*ret_key && *ret_crt) ||
	       fail(err, FAULT_INTERNAL, "cannot read the store's own key");
}

/* Base64 in lines, without one at the end. */
static const char *in_lines(const char *text, struct arena *arena)
{
	auto_buf lines = BUF_INIT;

	for (size_t size = strlen(text); *text; text += size) {
		size = strnlen(text, LINE);
		buf_printf(&lines, "%s%.*s", lines.size ? "\n" : "", (int)size,
			   text);
	}
	return lines.broken ? NULL : arena_str(arena, buf_text(&lines));
}

static const char *sign(EVP_PKEY *key, const char *document,
			struct arena *arena)
{
	auto_of(evp_md_ctx_st) context = EVP_MD_CTX_new();
	auto_free uint8_t *bytes = NULL;
	auto_free char *text = NULL;
	size_t size = 0;

	if (!context ||
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(context, NULL, &size, (const uint8_t *)document,
			   strlen(document)) != 1)
		return NULL;
	bytes = malloc(size);
	if (!bytes ||
	    EVP_DigestSign(context, bytes, &size, (const uint8_t *)document,
			   strlen(document)) != 1)
		return NULL;
	text = base64_encode(bytes, size);
	return text ? in_lines(text, arena) : NULL;
}

static const char *wrap(EVP_PKEY *key, X509 *certificate, const char *document,
			struct arena *arena)
{
	auto_of(bio_st) content = BIO_new_mem_buf(document, -1);
	auto_of(pkcs7_st) pkcs7 = content ? PKCS7_sign(certificate, key, NULL,
						       content, PKCS7_BINARY) :
					    NULL;
	auto_free char *text = NULL;
	uint8_t *der = NULL;
	int size = pkcs7 ? i2d_PKCS7(pkcs7, &der) : 0;

	if (size > 0)
		text = base64_encode(der, (size_t)size);
	OPENSSL_free(der);
	return text ? in_lines(text, arena) : NULL;
}

bool identity_sign(struct call *call, const struct facts *facts,
		   struct arena *arena, struct identity *ret_identity,
		   struct error *err)
{
	auto_of(evp_pkey_st) key = NULL;
	auto_of(x509_st) certificate = NULL;
	struct identity identity;

	if (!identity_write(facts, arena, &identity, err) ||
	    !read_pair(call, &key, &certificate, err))
		return false;
	identity.signature = sign(key, identity.document, arena);
	identity.pkcs7 = wrap(key, certificate, identity.document, arena);
	if (!identity.signature || !identity.pkcs7)
		return fail(err, FAULT_INTERNAL,
			    "cannot sign the identity document");
	*ret_identity = identity;
	return true;
}
