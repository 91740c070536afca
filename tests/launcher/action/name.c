/* name.c - verbs and options are called what the AWS CLI calls them
 *
 * Some by heart; then, where botocore is installed, every operation and
 * parameter of EC2's model.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/action/action.h"

static const char *const pairs[][2] = {
	{ "RunInstances", "run-instances" },
	{ "ImageIds", "image-ids" },
	{ "EbsOptimized", "ebs-optimized" },
	{ "DescribeVpcs", "describe-vpcs" },
	{ "KmsKeyId", "kms-key-id" },
	{ "EnclaveOptions", "enclave-options" },
	{ "Ipv6AddressCount", "ipv6-address-count" },
	{ "DNSName", "dns-name" },
	{ "ImageARNs", "image-arns" },
	{ "already-done", "already-done" },
	{ "A", "a" },
	{ "", "" },
};

static const char script[] =
	"/usr/bin/python3 - <<'END' 2>/dev/null\n"
	"import botocore.session, botocore\n"
	"model = botocore.session.get_session().get_service_model('ec2')\n"
	"names = set(model.operation_names)\n"
	"for name in model.shape_names:\n"
	"    shape = model.shape_for(name)\n"
	"    if shape.type_name == 'structure':\n"
	"        names.update(shape.members)\n"
	"for name in names:\n"
	"    print(name, botocore.xform_name(name, '-'))\n"
	"END\n";

int main(void)
{
	char name[128], want[128], got[NAME_SIZE];
	FILE *model = popen(script, "r");
	unsigned count = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		name_to_kebab(pairs[i][0], got);
		assert(strcmp(got, pairs[i][1]) == 0);
	}
	assert(model);
	while (fscanf(model, "%127s %127s", name, want) == 2) {
		name_to_kebab(name, got);
		if (strcmp(got, want) != 0) {
			fprintf(stderr, "%s is %s, got %s\n", name, want, got);
			return 1;
		}
		count++;
	}
	if (pclose(model) != 0 || count < 1000) {
		fputs("needs the package python3-botocore\n", stderr);
		return 77;
	}
	printf("%u names agree\n", count);
	return 0;
}
