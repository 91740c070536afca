/* key-private.h - what stands behind key.h */
#ifndef QAMI_BUNDLE_KEY_PRIVATE_H
#define QAMI_BUNDLE_KEY_PRIVATE_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "images/base/auto.h"
#include "images/base/buf.h"

static inline void bio_close(struct bio_st *bio)
{
	BIO_free(bio);
}
AUTO_DEFINE(bio_st, bio_close)
AUTO_DEFINE(evp_pkey_st, EVP_PKEY_free)
AUTO_DEFINE(evp_pkey_ctx_st, EVP_PKEY_CTX_free)
AUTO_DEFINE(evp_md_ctx_st, EVP_MD_CTX_free)
AUTO_DEFINE(x509_st, X509_free)

struct rsa {
	EVP_PKEY *key;
};

static inline void secret_done(struct buf *text)
{
	if (text->data)
		OPENSSL_cleanse(text->data, text->room);
	buf_done(text);
}

/* A buffer whose memory is wiped before it is freed. */
#define auto_secret __attribute__((cleanup(secret_done))) struct buf

#endif
