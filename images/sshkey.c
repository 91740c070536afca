/* sshkey.c - keys of OpenSSH by way of OpenSSL
 *
 * Every form of a public key ends as an EVP_PKEY and begins again from there:
 * the line, the blob and the DER of a key are always our own encoding of its
 * numbers, never bytes that somebody sent.
 */
#include "images/sshkey.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "images/base/buf.h"
#include "images/base/digest.h"
#include "images/base/hex.h"
#include "images/base/id.h"

#define TEXT_MOST 16384
#define BITS 2048 /* of an RSA key that is made */
#define ED25519_SIZE 32
#define LINE_SIZE 70 /* characters of base64 in OpenSSH's private files */
#define RSA_NAME "ssh-rsa"
#define ED25519_NAME "ssh-ed25519"
#define RFC4716_BEGIN "---- BEGIN SSH2 PUBLIC KEY ----"
#define RFC4716_END "---- END SSH2 PUBLIC KEY ----"

AUTO_DEFINE(evp_pkey_st, EVP_PKEY_free)
AUTO_DEFINE(evp_pkey_ctx_st, EVP_PKEY_CTX_free)
AUTO_DEFINE(bignum_st, BN_clear_free)
AUTO_DEFINE(ossl_param_bld_st, OSSL_PARAM_BLD_free)
AUTO_DEFINE(ossl_param_st, OSSL_PARAM_free)

static inline void bio_close(struct bio_st *bio)
{
	BIO_free(bio);
}
AUTO_DEFINE(bio_st, bio_close)

static void wipe(struct buf *buf)
{
	if (buf->data)
		OPENSSL_cleanse(buf->data, buf->room);
	buf_done(buf);
}

/* A buffer that is wiped; what it outgrew was not, so that secrets go into one
 * that reserve() made large enough. */
#define auto_wiped __attribute__((cleanup(wipe))) struct buf

static void reserve(struct buf *buf, size_t size)
{
	for (size_t i = 0; i < size; i++)
		buf_char(buf, 0);
	buf->size = 0;
}

void sshkey_secret_done(struct sshkey_secret *secret)
{
	if (secret->text)
		OPENSSL_cleanse(secret->text, strlen(secret->text));
	free(secret->text);
	secret->text = NULL;
}

static bool fail_openssl(const char *what, struct error *err)
{
	ERR_clear_error();
	return fail(err, FAULT_HOST, "OpenSSL cannot %s", what);
}

static bool fail_format(struct error *err)
{
	ERR_clear_error();
	return fail(err, FAULT_KEY_FORMAT,
		    "Key is not in valid OpenSSH public key format");
}

/* A number and a string as they stand in blobs of SSH. */
static void put_number(struct buf *out, size_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(out, (char)(value >> shift & 0xff));
}

static void put_string(struct buf *out, const void *data, size_t size)
{
	put_number(out, size);
	buf_add(out, data, size);
}

/* A positive number of any size: a zero before its highest bit, if that is
 * set. */
static bool put_big(struct buf *out, const EVP_PKEY *key, const char *name)
{
	auto_of(bignum_st) number = NULL;
	unsigned char bytes[1 + 4096 / 8];
	int size;

	if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
		return false;
	size = BN_num_bytes(number);
	if (size <= 0 || (size_t)size >= sizeof(bytes))
		return false;
	bytes[0] = 0;
	BN_bn2bin(number, bytes + 1);
	if (bytes[1] & 0x80)
		put_string(out, bytes, (size_t)size + 1);
	else
		put_string(out, bytes + 1, (size_t)size);
	return true;
}

static bool is_rsa(const EVP_PKEY *key)
{
	return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
}

/* The public key as SSH writes it in bytes. */
static bool put_blob(struct buf *out, const EVP_PKEY *key)
{
	unsigned char point[ED25519_SIZE];
	size_t size = sizeof(point);

	if (is_rsa(key)) {
		put_string(out, RSA_NAME, strlen(RSA_NAME));
		return put_big(out, key, OSSL_PKEY_PARAM_RSA_E) &&
		       put_big(out, key, OSSL_PKEY_PARAM_RSA_N);
	}
	put_string(out, ED25519_NAME, strlen(ED25519_NAME));
	if (EVP_PKEY_get_raw_public_key(key, point, &size) != 1)
		return false;
	put_string(out, point, size);
	return true;
}

/* "aa:bb:…" of a digest over some DER. */
static const char *digest_text(const EVP_MD *method, const unsigned char *der,
			       int size, struct arena *arena)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned count = 0;
	char *text;

	if (size <= 0 ||
	    EVP_Digest(der, (size_t)size, digest, &count, method, NULL) != 1)
		return NULL;
	hex_write(digest, count, hex);
	text = arena_alloc(arena, (size_t)count * 3);
	for (unsigned i = 0; text && i < count; i++) {
		memcpy(text + (size_t)i * 3, hex + (size_t)i * 2, 2);
		text[i * 3 + 2] = i + 1 < count ? ':' : 0;
	}
	return text;
}

static const char *rsa_fingerprint(const EVP_PKEY *key, bool made,
				   struct arena *arena)
{
	PKCS8_PRIV_KEY_INFO *info = made ? EVP_PKEY2PKCS8(key) : NULL;
	unsigned char *der = NULL;
	int size = made ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) :
			  i2d_PUBKEY(key, &der);
	const char *text =
		digest_text(made ? EVP_sha1() : EVP_md5(), der, size, arena);

	OPENSSL_clear_free(der, size > 0 ? (size_t)size : 0);
	PKCS8_PRIV_KEY_INFO_free(info);
	return text;
}

static const char *blob_fingerprint(const struct buf *blob, struct arena *arena)
{
	uint8_t digest[SHA256_SIZE];
	auto_free char *text = NULL;

	sha256(blob->data, blob->size, digest);
	text = base64_encode(digest, sizeof(digest));
	return text ? arena_str(arena, text) : NULL;
}

/* Says everything about a public key; `made` as EC2 does of those it made. */
static bool describe(const EVP_PKEY *key, bool made, struct arena *arena,
		     struct sshkey *ret_key, struct error *err)
{
	auto_buf blob = BUF_INIT;
	auto_free char *base64 = NULL;
	struct sshkey out = { .type = is_rsa(key) ? "rsa" : "ed25519" };

	if (!put_blob(&blob, key) || blob.broken)
		return fail_openssl("write down the public key", err);
	base64 = base64_encode(blob.data, blob.size);
	if (!base64)
		return fail_memory(err);
	out.line = arena_format(arena, "%s %s",
				is_rsa(key) ? RSA_NAME : ED25519_NAME, base64);
	out.fingerprint = is_rsa(key) ? rsa_fingerprint(key, made, arena) :
					blob_fingerprint(&blob, arena);
	if (!out.line || !out.fingerprint)
		return fail_openssl("fingerprint the key", err);
	*ret_key = out;
	return true;
}

static bool rsa_text(EVP_PKEY *key, struct sshkey_secret *ret_secret)
{
	auto_of(bio_st) bio = BIO_new(BIO_s_secmem());
	char *text;
	long size;

	if (!bio || PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL,
							 0, NULL, NULL) != 1)
		return false;
	size = BIO_get_mem_data(bio, &text);
	ret_secret->text = strndup(text, (size_t)size);
	return ret_secret->text;
}

/* The part that OpenSSH would encrypt; padded with 1, 2, 3 … to blocks of 8. */
static bool put_private(struct buf *out, const EVP_PKEY *key,
			const struct buf *blob)
{
	unsigned char pair[2 * ED25519_SIZE]; /* the seed, then the point */
	size_t seed = ED25519_SIZE, point = ED25519_SIZE;
	uint32_t check;
	bool done;

	random_bytes(&check, sizeof(check));
	put_number(out, check);
	put_number(out, check);
	done = EVP_PKEY_get_raw_private_key(key, pair, &seed) == 1 &&
	       EVP_PKEY_get_raw_public_key(key, pair + ED25519_SIZE, &point) ==
		       1;
	buf_add(out, blob->data, blob->size);
	put_string(out, pair, sizeof(pair));
	OPENSSL_cleanse(pair, sizeof(pair));
	put_string(out, "", 0); /* the comment */
	for (char pad = 1; out->size % 8; pad++)
		buf_char(out, pad);
	return done;
}

/* OpenSSH's own form, PROTOCOL.key in its source: Ed25519 has no other that it
 * reads everywhere. */
static bool ed25519_text(EVP_PKEY *key, struct sshkey_secret *ret_secret)
{
	static const char magic[] = "openssh-key-v1"; /* and its NUL */
	auto_buf blob = BUF_INIT;
	auto_wiped secret = BUF_INIT, all = BUF_INIT, text = BUF_INIT;
	struct sshkey_secret base64 = { 0 };
	size_t size;

	reserve(&secret, 512);
	reserve(&all, 1024);
	reserve(&text, 2048);
	if (!put_blob(&blob, key) || !put_private(&secret, key, &blob))
		return false;
	buf_add(&all, magic, sizeof(magic));
	put_string(&all, "none", 4); /* cipher */
	put_string(&all, "none", 4); /* how the pass phrase becomes its key */
	put_string(&all, "", 0);
	put_number(&all, 1); /* one key */
	put_string(&all, blob.data, blob.size);
	put_string(&all, secret.data, secret.size);
	if (blob.broken || secret.broken || all.broken)
		return false;
	base64.text = base64_encode(all.data, all.size);
	size = base64.text ? strlen(base64.text) : 0;
	buf_str(&text, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	for (size_t at = 0; at < size; at += LINE_SIZE)
		buf_printf(&text, "%.*s\n", LINE_SIZE, base64.text + at);
	buf_str(&text, "-----END OPENSSH PRIVATE KEY-----\n");
	sshkey_secret_done(&base64);
	ret_secret->text = size && !text.broken ? strdup(text.data) : NULL;
	return ret_secret->text;
}

bool sshkey_make(const char *type, struct arena *arena, struct sshkey *ret_key,
		 struct sshkey_secret *ret_secret, struct error *err)
{
	bool rsa = strcmp(type, "rsa") == 0;
	auto_of(evp_pkey_st)
		key = rsa ? EVP_RSA_gen(BITS) :
			    EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	auto_sshkey_secret secret = { 0 };

	if (!key || !(rsa ? rsa_text : ed25519_text)(key, &secret))
		return fail_openssl("make a key", err);
	if (!describe(key, true, arena, ret_key, err))
		return false;
	ret_secret->text = take(secret.text);
	return true;
}

/* What is left of a blob. */
struct cursor {
	const unsigned char *at;
	size_t left;
};

static bool get_string(struct cursor *from, const unsigned char **ret_data,
		       size_t *ret_size)
{
	size_t size;

	if (from->left < 4)
		return false;
	size = (size_t)from->at[0] << 24 | (size_t)from->at[1] << 16 |
	       (size_t)from->at[2] << 8 | from->at[3];
	if (size > from->left - 4)
		return false;
	*ret_data = from->at + 4;
	*ret_size = size;
	from->at += 4 + size;
	from->left -= 4 + size;
	return true;
}

/* A positive odd number, as both of RSA's are. */
static BIGNUM *get_big(struct cursor *from)
{
	const unsigned char *data;
	size_t size;

	if (!get_string(from, &data, &size) || !size || data[0] & 0x80 ||
	    !(data[size - 1] & 1))
		return NULL;
	return BN_bin2bn(data, (int)size, NULL);
}

static EVP_PKEY *rsa_of(struct cursor *from)
{
	auto_of(bignum_st) e = get_big(from);
	auto_of(bignum_st) n = e ? get_big(from) : NULL;
	auto_of(ossl_param_bld_st) build = OSSL_PARAM_BLD_new();
	auto_of(ossl_param_st) params = NULL;
	auto_of(evp_pkey_ctx_st)
		context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (!n || !build || !context || BN_is_one(e) ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) != 1 ||
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) != 1)
		return NULL;
	params = OSSL_PARAM_BLD_to_param(build);
	if (!params || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

static bool named(const void *name, size_t size, const char *wanted)
{
	return size == strlen(wanted) && memcmp(name, wanted, size) == 0;
}

static bool fail_kind(struct error *err)
{
	return fail(err, FAULT_KEY_PAIR_FORMAT,
		    "Only RSA keys of 1024, 2048 or 4096 bits and ED25519 "
		    "keys can be imported");
}

/* The key of a blob, in which nothing may follow it. */
static bool read_blob(const void *data, size_t size, EVP_PKEY **ret_key,
		      struct error *err)
{
	struct cursor from = { data, size };
	const unsigned char *name, *point;
	size_t name_size, point_size;
	auto_of(evp_pkey_st) key = NULL;

	if (!get_string(&from, &name, &name_size) || !name_size)
		return fail_format(err);
	if (named(name, name_size, RSA_NAME))
		key = rsa_of(&from);
	else if (!named(name, name_size, ED25519_NAME))
		return fail_kind(err);
	else if (get_string(&from, &point, &point_size) &&
		 point_size == ED25519_SIZE)
		key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point,
						  point_size);
	if (!key || from.left)
		return fail_format(err);
	*ret_key = take(key);
	return true;
}

/* "ssh-rsa AAAA… comment": one line, whose first word says the same as the
 * blob. Options, as authorized_keys has them, are no part of a key. */
static bool read_line(const char *text, EVP_PKEY **ret_key, struct error *err)
{
	size_t word = strcspn(text, " \t");
	const char *start = text + word + strspn(text + word, " \t");
	auto_free char *base64 = strndup(start, strcspn(start, " \t\r\n"));
	const char *rest = start + strcspn(start, "\r\n");
	struct cursor from = { 0 };
	const unsigned char *name;
	size_t name_size;
	auto_free unsigned char *blob = NULL;

	if (!base64)
		return fail_memory(err);
	if (rest[strspn(rest, " \t\r\n")])
		return fail_format(err);
	blob = base64_decode(base64, &from.left);
	from.at = blob;
	if (!blob || !get_string(&from, &name, &name_size) ||
	    name_size != word || memcmp(name, text, word) != 0)
		return fail_format(err);
	return read_blob(blob, (size_t)(from.at - blob) + from.left, ret_key,
			 err);
}

/* A file of RFC 4716: headers, which may go on after a backslash, then
 * base64. */
static bool read_rfc4716(const char *text, EVP_PKEY **ret_key,
			 struct error *err)
{
	auto_buf base64 = BUF_INIT;
	auto_free void *blob = NULL;
	bool header = false, ended = false;
	size_t size;

	text += strlen(RFC4716_BEGIN);
	while (*text && !ended) {
		size_t line = strcspn(text, "\r\n");

		ended = named(text, line, RFC4716_END);
		header = header || memchr(text, ':', line);
		if (!ended && !header)
			buf_add(&base64, text, line);
		header = header && line && text[line - 1] == '\\';
		text += line + strspn(text + line, "\r\n");
	}
	if (!ended || text[strspn(text, " \t")])
		return fail_format(err);
	blob = base64_decode(buf_text(&base64), &size);
	return blob ? read_blob(blob, size, ret_key, err) : fail_format(err);
}

static bool check_kind(const EVP_PKEY *key, struct error *err)
{
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ||
	    (is_rsa(key) && (bits == 1024 || bits == 2048 || bits == 4096)))
		return true;
	return fail_kind(err);
}

/* What OpenSSL read goes through SSH's form as well, so that all keys have
 * passed the same checks. */
static bool read_der(const char *text, EVP_PKEY **ret_key, struct error *err)
{
	size_t size;
	auto_free unsigned char *der = base64_decode(text, &size);
	const unsigned char *at = der;
	auto_of(evp_pkey_st)
		key = der && size ? d2i_PUBKEY(NULL, &at, (long)size) : NULL;
	auto_buf blob = BUF_INIT;

	if (!key || at != der + size)
		return fail_format(err);
	if (!check_kind(key, err))
		return false;
	if (!put_blob(&blob, key) || blob.broken)
		return fail_format(err);
	return read_blob(blob.data, blob.size, ret_key, err);
}

/* Whether the text begins with a word and base64 that begins as all blobs
 * do: with the length of a name. */
static bool is_line(const char *text)
{
	size_t word = strcspn(text, " \t\r\n");

	return word && (text[word] == ' ' || text[word] == '\t') &&
	       strncmp(text + word + strspn(text + word, " \t"), "AAAA", 4) ==
		       0;
}

bool sshkey_read(const void *text, size_t size, struct arena *arena,
		 struct sshkey *ret_key, struct error *err)
{
	auto_free char *copy = NULL;
	auto_of(evp_pkey_st) key = NULL;
	const char *start;
	bool done;

	if (size > TEXT_MOST || memchr(text, 0, size))
		return fail_format(err);
	copy = strndup(text, size);
	if (!copy)
		return fail_memory(err);
	start = copy + strspn(copy, " \t\r\n");
	if (strncmp(start, RFC4716_BEGIN, strlen(RFC4716_BEGIN)) == 0)
		done = read_rfc4716(start, &key, err);
	else if (is_line(start))
		done = read_line(start, &key, err);
	else
		done = read_der(start, &key, err);
	return done && check_kind(key, err) &&
	       describe(key, false, arena, ret_key, err);
}
