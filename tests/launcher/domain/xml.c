/* xml.c - launch descriptions against golden domain XML
 *
 * The golden files lie beside this one; `QAMI_GOLDEN=write` makes them anew,
 * to be read before they are committed.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "images/base/file.h"
#include "images/base/process.h"
#include "launcher/domain/domain.h"

#define UUID "ec2e1916-9099-4caf-8a21-0123456789ab"
#define UUID_SECRET "ec2e5a3c-6a1d-4f0b-9c3e-0123456789ab"
#define GOLDEN "tests/launcher/domain/"

static const struct machine_file root_chain[] = {
	{ "/srv/qami/layers/layer-3.qcow2", "qcow2" },
	{ "/srv/qami/layers/layer-2.qcow2", "qcow2" },
	{ "/srv/qami/layers/layer-1.raw", "raw" },
};
static const struct machine_file data_chain[] = {
	{ "/srv/qami/layers/layer-4.qcow2", "qcow2" },
};
static const struct machine_file seed_chain[] = {
	{ "/srv/qami/instances/i-0123456789abcdef0/seed.raw", "raw" },
};
static const struct machine_secret secret = { UUID_SECRET, "sesame" };
static const struct machine_file luks_chain[] = {
	{ "/srv/qami/layers/layer-7.qcow2", "qcow2", &secret },
	{ "/srv/qami/layers/layer-6.qcow2", "qcow2", &secret },
	{ "/srv/qami/layers/layer-5.qcow2", "qcow2" },
};
static const struct machine_file cold_chain[] = {
	{ "/srv/qami/layers/layer-9.qcow2", "qcow2" },
	{ "/srv/qami/fill/layer-8.qcow2", "raw", NULL, "layer-8.qcow2" },
};
static const struct machine_disk cold = { "vda", "vol0123456789abcdef3",
					  cold_chain, 2 };
static const struct machine_disk luks = { "vda", "vol0123456789abcdef2",
					  luks_chain, 3 };
static const struct machine_disk disks[] = {
	{ "vda",
	  "vol0123456789abcdef0",
	  root_chain,
	  3,
	  false,
	  { 300, 3000, 1800, 0, 0, 0, 262144 } },
	{ "vdb",
	  "vol0123456789abcdef1",
	  data_chain,
	  1,
	  false,
	  { .iops = 3000, .bytes = 131072000 } },
	{ "vdc", NULL, seed_chain, 1, true },
};

static const struct machine bios = {
	.id = "i-0123456789abcdef0",
	.uuid = UUID,
	.store = "/srv/qami",
	.type = "t3.micro",
	.mac = "52:54:00:01:02:03",
	.vcpus = 2,
	.memory_mib = 1024,
	.accel = ACCEL_TCG,
	.disks = disks,
	.disk_count = 3,
	.console_log = "/srv/qami/instances/i-0123456789abcdef0/console.log",
};

static struct machine uefi(void)
{
	struct machine machine = bios;

	machine.accel = ACCEL_KVM;
	machine.firmware = FIRMWARE_UEFI;
	machine.nvram = "/srv/qami/instances/i-0123456789abcdef0/nvram.fd";
	machine.disk_count = 1;
	return machine;
}

/* The card's other end is a process, or libvirt's bridge. */
static struct machine card(uint16_t port, const char *bridge,
			   const char *filter)
{
	struct machine machine = bios;

	machine.net_port = port;
	machine.net_bridge = bridge;
	machine.net_address = bridge ? "172.31.5.77" : NULL;
	machine.net_filter = filter;
	machine.disk_count = 1;
	return machine;
}

/* Texts that must not become markup. */
static struct machine kernel(void)
{
	struct machine machine = bios;

	machine.store = "/srv/it's <a> \"store\" & more/überall";
	machine.kernel = "/srv/qami/layers/layer-5.raw";
	machine.ramdisk = "/srv/qami/layers/layer-6.raw";
	machine.cmdline = "console=ttyS0 x='<y>' \"&amp;\"]]>";
	machine.disk_count = 0;
	machine.console_log = NULL;
	return machine;
}

static void validate(const char *path)
{
	const char *const argv[] = { "virt-xml-validate", path, "domain",
				     NULL };
	struct error err = { FAULT_NONE };

	if (!process_found("virt-xml-validate") || !process_found("xmllint"))
		return;
	if (!process_run(&(struct process){ .argv = argv }, NULL, &err)) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		abort();
	}
}

static void golden(const char *name, const struct machine *machine)
{
	auto_buf xml = BUF_INIT, wanted = BUF_INIT;
	struct error err = { FAULT_NONE };
	char path[128];

	snprintf(path, sizeof(path), GOLDEN "%s.xml", name);
	assert(machine_xml(machine, &xml, &err));
	if (getenv("QAMI_GOLDEN"))
		assert(file_write(path, xml.data, xml.size, 0644, &err));
	assert(file_read(path, 65536, &wanted, &err));
	if (strcmp(buf_text(&xml), buf_text(&wanted)) != 0) {
		fprintf(stderr, "%s differs from:\n%s", path, buf_text(&xml));
		abort();
	}
	validate(path);
}

/* A disk that reads from a process: whatever fails waits. (Older schemas do not
 * know all that is said of the process.) */
static void check_cold(void)
{
	struct machine machine = bios;
	auto_buf xml = BUF_INIT;
	struct error err = { FAULT_NONE };

	machine.disks = &cold;
	machine.disk_count = 1;
	assert(machine_xml(&machine, &xml, &err));
	assert(strstr(buf_text(&xml),
		      " error_policy=\"stop\" rerror_policy=\"stop\""));
}

/* The disk's parts that are encrypted name what opens them, and do not say
 * it. */
static void check_encrypted(void)
{
	struct machine machine = bios;
	auto_buf xml = BUF_INIT;
	struct error err = { FAULT_NONE };

	machine.disks = &luks;
	machine.disk_count = 1;
	golden("encrypted", &machine);
	assert(machine_xml(&machine, &xml, &err));
	assert(!strstr(buf_text(&xml), "sesame"));
}

static void refused(const struct machine *machine, const char *why)
{
	auto_buf xml = BUF_INIT;
	struct error err = { FAULT_NONE };

	assert(!machine_xml(machine, &xml, &err));
	assert(err.fault == FAULT_INVALID_PARAMETER);
	assert(strstr(err.text, why));
	assert(xml.size == 0);
}

static void refuse_disk(struct machine_disk disk, const char *why)
{
	struct machine machine = bios;

	machine.disks = &disk;
	machine.disk_count = 1;
	refused(&machine, why);
}

static void check_refusals(void)
{
	static const struct machine_file probed[] = { { "/a", "vmdk" } };
	static const struct machine_file relative[] = { { "a", "raw" } };
	static const struct machine_file newline[] = { { "/a\n", "raw" } };
	static const struct machine_file secret_raw[] = { { "/a", "raw",
							    &secret } };
	static const struct machine_file latin[] = { { "/\xfc", "raw" } };
	struct machine machine;

	refuse_disk((struct machine_disk){ "vda", NULL, probed, 1, false },
		    "format vmdk");
	refuse_disk((struct machine_disk){ "vda", NULL, relative, 1, false },
		    "absolute");
	refuse_disk((struct machine_disk){ "vda", NULL, newline, 1, false },
		    "control character");
	refuse_disk((struct machine_disk){ "vda", NULL, latin, 1, false },
		    "UTF-8");
	refuse_disk((struct machine_disk){ "vda", NULL, secret_raw, 1, false },
		    "encrypted file of format raw");
	refuse_disk((struct machine_disk){ "vda", NULL, NULL, 0, false },
		    "no file");
	refuse_disk((struct machine_disk){ "vda", "123456789012345678901",
					   data_chain, 1, false },
		    "20 characters");
	machine = bios;
	machine.firmware = FIRMWARE_UEFI;
	refused(&machine, "UEFI");
	machine = bios;
	machine.type = "t3\x1b[31m";
	refused(&machine, "control character");
	machine = card(0, "qami", "a\nb");
	refused(&machine, "filter has a control character");
}

int main(void)
{
	struct machine machine;

	golden("bios", &bios);
	machine = uefi();
	golden("uefi", &machine);
	machine = kernel();
	golden("kernel", &machine);
	machine = card(40123, NULL, NULL);
	golden("user-network", &machine);
	machine = card(0, "qami", "qami-0123456789abcdef0");
	golden("bridge", &machine);
	check_encrypted();
	check_cold();
	check_refusals();
	return 0;
}
