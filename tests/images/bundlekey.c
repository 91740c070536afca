/* bundlekey.c - pairs are made once, kept to oneself, and open what they may */
#include "tests/images/testing.h"

#include <sys/stat.h>

#include "images/bundlekey.h"

#define OTHER "222222222222"

static mode_t mode_of(const char *path)
{
	struct stat st;

	check(stat(path, &st) == 0);
	return st.st_mode & 07777;
}

static void made_once(void)
{
	auto_of(rsa) first = NULL;
	auto_of(rsa) again = NULL;
	auto_of(rsa) public = NULL;
	auto_buf signature = BUF_INIT;
	char *key = keep(bundle_key_path(call.store, ACCOUNT));
	char *certificate = keep(bundle_certificate_path(call.store, ACCOUNT));

	good(bundle_key_of(&call, ACCOUNT, &first, &err));
	check(mode_of(key) == 0600);
	check(mode_of(in_dir("store/keys")) == 0700);
	good(rsa_sign_sha1(first, "text", 4, &signature, &err));
	good(bundle_key_of(&call, ACCOUNT, &again, &err));
	good(rsa_verify_sha1(again, "text", 4, buf_text(&signature), &err));
	good(rsa_read_certificate(certificate, &public, &err));
	good(rsa_verify_sha1(public, "text", 4, buf_text(&signature), &err));
}

/* Whether a bundle of two readers opens for an account. */
static bool opens(const char *user, const char *ec2, const char *account)
{
	auto_of(arena) arena = arena_new();
	struct bundle_key secret, got;
	struct manifest manifest = { 0 };
	auto_of(rsa) one = NULL;
	auto_of(rsa) two = NULL;

	bundle_key_make(&secret);
	good(bundle_key_of(&call, user, &one, &err));
	good(bundle_key_of(&call, ec2, &two, &err));
	good(bundle_key_wrap(&secret, one, arena, &manifest.user_key,
			     &manifest.user_iv, &err));
	good(bundle_key_wrap(&secret, two, arena, &manifest.ec2_key,
			     &manifest.ec2_iv, &err));
	if (bundle_key_open(&call, account, &manifest, &got, &err)) {
		check(memcmp(&got, &secret, sizeof(got)) == 0);
		return true;
	}
	check(err.fault == FAULT_AUTH_FAILURE);
	error_clear(&err);
	return false;
}

int main(void)
{
	store_new();
	made_once();
	check(opens(OTHER, BUNDLE_KEY_EC2, ACCOUNT));
	check(opens(ACCOUNT, OTHER, ACCOUNT));
	check(!opens(OTHER, OTHER, ACCOUNT));
	store_close(call.store);
	return 0;
}
