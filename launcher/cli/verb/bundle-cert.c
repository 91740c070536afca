/* bundle-cert.c - the certificate that bundles for this store are made with */
#include <stdio.h>

#include "images/base/file.h"
#include "images/bundlekey.h"
#include "launcher/action/action.h"

#define CERTIFICATE_MOST 65536

static int bundle_cert(struct call *call, const struct args *args,
		       struct error *err)
{
	const char *whose = args_bool(args, "Own", false) ? call->account :
							    BUNDLE_KEY_EC2;
	auto_free char *path = bundle_certificate_path(call->store, whose);
	auto_of(rsa) key = NULL;
	auto_buf text = BUF_INIT;

	if (!path) {
		fail_memory(err);
		return -1;
	}
	if (!bundle_key_of(call, whose, &key, err) ||
	    !file_read(path, CERTIFICATE_MOST, &text, err))
		return -1;
	fputs(buf_text(&text), stdout);
	if (fflush(stdout) == 0)
		return 0;
	fail_errno(err, "cannot write the certificate");
	return -1;
}

const struct action verb_bundle_cert = {
	.name = "bundle-cert",
	.brief = "print the certificate that bundles are made for",
	.about = "Prints this store's certificate. Bundles that are made "
		 "inside a guest, or anywhere else, can be launched here when "
		 "it is given as --ec2cert, or lies in "
		 "/etc/ec2/amitools/cert-ec2.pem there. It is no secret.",
	.params = (const struct param[]) {
		{ "Own", PARAM_BOOLEAN, 0, NULL,
		  "print the account's own, which its bundles are signed "
		  "with, instead" },
		{ 0 },
	},
	.faults = (const enum fault[]) { FAULT_HOST, FAULT_NONE },
	.example = "qami bundle-cert",
	.local = true,
	.main = bundle_cert,
};
