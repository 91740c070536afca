/* key-make.c - a pair of keys for people who bring none
 *
 * Neither file ever replaces one that is there: each is linked from a
 * temporary name, the key before its certificate, so that of two makers at the
 * same time both use one key.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bundle/key-private.h"
#include "bundle/key.h"
#include "images/base/file.h"
#include "images/base/id.h"

#define BITS 2048
#define SECONDS (30L * 365 * 86400) /* of a certificate; readers ignore it */

static bool fail_make(const char *what, struct error *err)
{
	ERR_clear_error();
	return fail(err, FAULT_HOST, "OpenSSL cannot make %s", what);
}

/* Puts a text at a path unless something is there already. */
static bool place(const char *path, const void *data, size_t size, mode_t mode,
		  struct error *err)
{
	char suffix[ID_SIZE];
	auto_free char *temporary = NULL;
	bool placed;

	id_new("new", suffix);
	temporary = format_text("%s.%s", path, suffix);
	if (!temporary)
		return fail_memory(err);
	if (!file_write(temporary, data, size, mode, err))
		return false;
	placed = link(temporary, path) == 0 || errno == EEXIST ||
		 fail_errno(err, "cannot make %s", path);
	return file_remove(temporary, placed ? err : &(struct error){ 0 }) &&
	       placed && parent_sync(path, err);
}

static bool key_place(const char *path, struct error *err)
{
	auto_of(evp_pkey_st) key = EVP_RSA_gen(BITS);
	auto_of(bio_st) bio = BIO_new(BIO_s_secmem());
	char *text;
	long size;

	if (!key || !bio ||
	    PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL,
					  NULL) != 1)
		return fail_make("a key", err);
	size = BIO_get_mem_data(bio, &text);
	return place(path, text, (size_t)size, 0600, err);
}

static bool name_set(X509 *x509, const char *account)
{
	X509_NAME *name = X509_get_subject_name(x509);
	const unsigned char *text = (const unsigned char *)account;

	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
					  (const unsigned char *)"qami", -1, -1,
					  0) == 1 &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1,
					  -1, 0) == 1 &&
	       X509_set_issuer_name(x509, name) == 1;
}

static bool certify(X509 *x509, EVP_PKEY *key, const char *account)
{
	uint64_t serial;

	random_bytes(&serial, sizeof(serial));
	return X509_set_version(x509, X509_VERSION_3) == 1 &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509),
				       serial >> 1 | 1) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(x509), 0) &&
	       X509_gmtime_adj(X509_getm_notAfter(x509), SECONDS) &&
	       X509_set_pubkey(x509, key) == 1 && name_set(x509, account) &&
	       X509_sign(x509, key, EVP_sha256()) > 0;
}

static bool certificate_place(const char *path, EVP_PKEY *key,
			      const char *account, struct error *err)
{
	auto_of(x509_st) x509 = X509_new();
	auto_of(bio_st) bio = BIO_new(BIO_s_mem());
	char *text;
	long size;

	if (!x509 || !bio || !certify(x509, key, account) ||
	    PEM_write_bio_X509(bio, x509) != 1)
		return fail_make("a certificate", err);
	size = BIO_get_mem_data(bio, &text);
	return place(path, text, (size_t)size, 0644, err);
}

bool rsa_make(const char *key_path, const char *certificate_path,
	      const char *account, struct error *err)
{
	bool certified = access(certificate_path, F_OK) == 0;
	auto_of(rsa) key = NULL;

	if (access(key_path, F_OK) != 0) {
		if (certified)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "%s is there without its key %s",
				    certificate_path, key_path);
		if (!key_place(key_path, err))
			return false;
	}
	if (certified)
		return true;
	/* the one that is there now, whoever made it */
	return rsa_read_private(key_path, &key, err) &&
	       certificate_place(certificate_path, key->key, account, err);
}
