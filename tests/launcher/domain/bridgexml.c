/* bridgexml.c - a bridge's network and a machine's filter against golden XML
 *
 * `QAMI_GOLDEN=write` makes the files beside this one anew, to be read before
 * they are committed.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/file.h"
#include "images/base/process.h"
#include "launcher/domain/bridgexml.h"

#define GOLDEN "tests/launcher/domain/"

static const struct bridge bridge = {
	.name = "qami-0123abcd",
	.mac = "52:54:00:23:ab:cd",
	.gateway = "172.31.0.1",
	.prefix = 20,
	.domain = "ec2.internal",
	.metadata_port = 16925,
};

/* One of each kind: a port, a range, a type, a code, everything; a range of
 * addresses and all; a protocol (GRE) that no filter can tell. */
static const struct bridge_rule rules[] = {
	{ false, 6, 22, 22, 0xcb007105, 32 },
	{ false, 17, 5000, 5010, 0x0a000000, 8 },
	{ false, 1, 8, -1, 0, 0 },
	{ false, 1, 3, 4, 0, 0 },
	{ false, 47, -1, -1, 0, 0 },
	{ false, -1, -1, -1, 0xac1f0007, 32 },
	{ true, 6, -1, -1, 0xac1f0000, 20 },
	{ true, -1, -1, -1, 0, 0 },
};

static const struct bridge_port port = {
	.id = "i-0123456789abcdef0",
	.uuid = "ec2e1916-9099-4caf-8a21-0123456789ab",
	.mac = "52:54:00:01:02:03",
	.address = "172.31.0.5",
	.rules = rules,
	.rule_count = sizeof(rules) / sizeof(*rules),
};

typedef bool writer(const struct bridge *b, const struct bridge_port *p,
		    struct buf *ret_xml, struct error *err);

static void validate(const char *path, const char *schema)
{
	const char *const argv[] = { "virt-xml-validate", path, schema, NULL };
	struct error err = { FAULT_NONE };

	if (!process_found("virt-xml-validate") || !process_found("xmllint"))
		return;
	if (!process_run(&(struct process){ .argv = argv }, NULL, &err)) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		abort();
	}
}

static void golden(const char *name, writer *write, const char *schema)
{
	auto_buf xml = BUF_INIT, wanted = BUF_INIT;
	struct error err = { FAULT_NONE };
	char path[128];

	snprintf(path, sizeof(path), GOLDEN "%s.xml", name);
	assert(write(&bridge, &port, &xml, &err));
	if (getenv("QAMI_GOLDEN"))
		assert(file_write(path, xml.data, xml.size, 0644, &err));
	assert(file_read(path, 65536, &wanted, &err));
	if (strcmp(buf_text(&xml), buf_text(&wanted)) != 0) {
		fprintf(stderr, "%s differs from:\n%s", path, buf_text(&xml));
		abort();
	}
	validate(path, schema);
}

static void refused(const struct bridge_port *bad)
{
	writer *const writers[] = { bridgexml_network, bridgexml_filter,
				    bridgexml_name };
	auto_buf xml = BUF_INIT;
	struct error err = { FAULT_NONE };

	for (size_t i = 0; i < 3; i++) {
		assert(!writers[i](&bridge, bad, &xml, &err));
		assert(err.fault == FAULT_INVALID_PARAMETER);
		error_clear(&err);
	}
	assert(!bridgexml_host(bad, &xml, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	assert(xml.size == 0);
}

/* What is not a name or an address does not become markup. */
static void check_refusals(void)
{
	struct bridge_port bad = port;

	bad.id = "i-'/><x y='";
	refused(&bad);
	bad = port;
	bad.mac = "52:54:00:01:02:03\n";
	refused(&bad);
	bad = port;
	bad.address = "";
	refused(&bad);
}

int main(void)
{
	golden("bridge-network", bridgexml_network, "network");
	golden("bridge-filter", bridgexml_filter, "nwfilter");
	check_refusals();
	return 0;
}
