/* xml.c - a launch description as libvirt's domain XML
 *
 * A pure function: nothing is looked up on the host, so that a golden file
 * says everything. Disks use the host's page cache (cache=writeback), not
 * O_DIRECT: a guest's flush still ends in fdatasync(), so what the guest
 * calls durable is durable, while the frozen layers under many guests are
 * cached once, and stores on tmpfs or overlayfs work.
 *
 * There is no video card: nobody could look at it, it costs each launch some
 * 10 ms of QEMU's time, and SeaBIOS gives loaders its text services (int 10h)
 * on the serial port. An image whose loader insists on graphics is not for a
 * headless machine.
 */
#include "launcher/domain/xml.h"

#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <string.h>

#include "launcher/domain/ops.h"

/* Ports kept free for volumes that come while the machine runs; libvirt adds
 * none then. Each costs every launch some 2 ms of QEMU's time until the boot
 * loader, and the guest a bus to look at: for the 27 attachments that EC2
 * allows that would be a third more. So there are enough for what is usual,
 * and they are all free again after a stop and start. */
#define SPARE_PORTS 8

/* Interface, serial ports' controller, balloon, random numbers. */
#define OTHER_DEVICES 4

#define SERIAL_MAX 20

#define QEMU_NAMESPACE "http://libvirt.org/schemas/domain/qemu/1.0"

/* The writer, and whether anything went wrong so far. */
struct out {
	xmlTextWriterPtr writer;
	bool broken;
};

static void check(struct out *out, int result)
{
	if (result < 0)
		out->broken = true;
}

static void start(struct out *out, const char *name)
{
	check(out, xmlTextWriterStartElement(out->writer, BAD_CAST name));
}

static void end(struct out *out)
{
	check(out, xmlTextWriterEndElement(out->writer));
}

static void attribute(struct out *out, const char *name, const char *value)
{
	check(out, xmlTextWriterWriteAttribute(out->writer, BAD_CAST name,
					       BAD_CAST value));
}

static void attributes(struct out *out, va_list args)
{
	const char *name;

	while ((name = va_arg(args, const char *)))
		attribute(out, name, va_arg(args, const char *));
}

/* Opens an element with attributes: name, value, …, NULL. */
__attribute__((sentinel)) static void open_with(struct out *out,
						const char *element, ...)
{
	va_list args;

	start(out, element);
	va_start(args, element);
	attributes(out, args);
	va_end(args);
}

/* The same for an element without content. */
__attribute__((sentinel)) static void empty(struct out *out,
					    const char *element, ...)
{
	va_list args;

	start(out, element);
	va_start(args, element);
	attributes(out, args);
	va_end(args);
	end(out);
}

static void text(struct out *out, const char *element, const char *value)
{
	check(out, xmlTextWriterWriteElement(out->writer, BAD_CAST element,
					     BAD_CAST value));
}

static void number(struct out *out, const char *element, const char *unit,
		   uint64_t value)
{
	start(out, element);
	if (unit)
		attribute(out, "unit", unit);
	check(out,
	      xmlTextWriterWriteFormatString(out->writer, "%" PRIu64, value));
	end(out);
}

/* <entry name='serial'>…</entry> of the SMBIOS tables. */
static void entry(struct out *out, const char *name, const char *value)
{
	open_with(out, "entry", "name", name, NULL);
	check(out, xmlTextWriterWriteString(out->writer, BAD_CAST value));
	end(out);
}

/* Whose machine this is: how machine_each() finds its own. */
static void write_metadata(struct out *out, const struct machine *machine)
{
	start(out, "metadata");
	check(out, xmlTextWriterStartElementNS(out->writer, BAD_CAST XML_PREFIX,
					       BAD_CAST XML_ELEMENT,
					       BAD_CAST XML_NAMESPACE));
	attribute(out, "store", machine->store);
	attribute(out, "id", machine->id);
	end(out);
	end(out);
}

/* What EC2 guests look for in DMI: cloud-init of Debian 12 wants system uuid
 * and serial, equal; the rest is as Nitro hardware shows it. */
static void write_smbios(struct out *out, const struct machine *machine)
{
	open_with(out, "sysinfo", "type", "smbios", NULL);
	start(out, "bios");
	entry(out, "vendor", "Amazon EC2");
	entry(out, "version", "1.0");
	end(out);
	start(out, "system");
	entry(out, "manufacturer", "Amazon EC2");
	entry(out, "product", machine->type);
	entry(out, "serial", machine->uuid);
	entry(out, "uuid", machine->uuid);
	end(out);
	start(out, "baseBoard");
	entry(out, "manufacturer", "Amazon EC2");
	entry(out, "asset", machine->id);
	end(out);
	start(out, "chassis");
	entry(out, "manufacturer", "Amazon EC2");
	entry(out, "asset", "Amazon EC2");
	end(out);
	end(out);
}

static void write_uefi(struct out *out, const struct machine *machine)
{
	open_with(out, "loader", "readonly", "yes", "type", "pflash", NULL);
	check(out, xmlTextWriterWriteString(out->writer, BAD_CAST OVMF_CODE));
	end(out);
	open_with(out, "nvram", "template", OVMF_VARS, NULL);
	check(out,
	      xmlTextWriterWriteString(out->writer, BAD_CAST machine->nvram));
	end(out);
}

static void write_boot(struct out *out, const struct machine *machine)
{
	start(out, "os");
	open_with(out, "type", "arch", "x86_64", "machine", "q35", NULL);
	check(out, xmlTextWriterWriteString(out->writer, BAD_CAST "hvm"));
	end(out);
	if (machine->firmware == FIRMWARE_UEFI)
		write_uefi(out, machine);
	else
		/* without a video card, what BIOS and loader say ("No bootable
		 * device") would be lost; OVMF uses the port by itself */
		empty(out, "bios", "useserial", "yes", NULL);
	if (machine->kernel)
		text(out, "kernel", machine->kernel);
	if (machine->kernel && machine->ramdisk)
		text(out, "initrd", machine->ramdisk);
	if (machine->kernel && machine->cmdline)
		text(out, "cmdline", machine->cmdline);
	empty(out, "smbios", "mode", "sysinfo", NULL);
	end(out);
}

/* An emulated CPU has all that QEMU can, but for page tables of five levels:
 * each walk through them costs, and no guest has memory for them. */
static void write_model(struct out *out, const struct machine *machine)
{
	if (machine->accel == ACCEL_KVM) {
		empty(out, "cpu", "mode", "host-passthrough", NULL);
		return;
	}
	open_with(out, "cpu", "mode", "maximum", NULL);
	empty(out, "feature", "policy", "disable", "name", "la57", NULL);
	end(out);
}

static void write_cpu(struct out *out, const struct machine *machine)
{
	start(out, "features");
	start(out, "acpi");
	end(out);
	start(out, "apic");
	end(out);
	end(out);
	write_model(out, machine);
	empty(out, "clock", "offset", "utc", NULL);
	text(out, "on_poweroff", "destroy");
	text(out, "on_reboot", "restart");
	text(out, "on_crash", "preserve");
}

/* A file, and by which name libvirt finds what opens it. */
static void write_source(struct out *out, const struct machine_file *file)
{
	open_with(out, "source", "file", file->path, NULL);
	if (file->secret) {
		open_with(out, "encryption", "format", "luks", NULL);
		empty(out, "secret", "type", "passphrase", "uuid",
		      file->secret->uuid, NULL);
		end(out);
	}
	end(out);
}

/* A disk that a process shows at a socket: should that process end, requests
 * wait so many seconds for the next one, if libvirt knows the element; 9.0
 * passes over it, and the whole machine waits (write_driver()). */
#define RECONNECT_SECONDS "600"

static void write_export(struct out *out, const struct machine_file *file)
{
	open_with(out, "source", "protocol", "nbd", "name", file->export, NULL);
	empty(out, "host", "transport", "unix", "socket", file->path, NULL);
	empty(out, "reconnect", "delay", RECONNECT_SECONDS, NULL);
	end(out);
}

/* The chain below a disk's top, down to the empty element that says where it
 * ends; a file that libvirt is not told about it would probe for. */
static void write_backing(struct out *out, const struct machine_disk *disk)
{
	for (size_t i = 1; i < disk->chain_count; i++) {
		const struct machine_file *file = &disk->chain[i];

		open_with(out, "backingStore", "type",
			  file->export ? "network" : "file", NULL);
		empty(out, "format", "type", file->format, NULL);
		if (file->export)
			write_export(out, file);
		else
			write_source(out, file);
	}
	start(out, "backingStore");
	for (size_t i = 0; i < disk->chain_count; i++)
		end(out);
}

static void limit(struct out *out, const char *element, uint64_t value)
{
	if (value)
		number(out, element, NULL, value);
}

static void write_throttle(struct out *out, const struct machine_throttle *t)
{
	if (!t->iops && !t->bytes)
		return;
	start(out, "iotune");
	limit(out, "total_bytes_sec", t->bytes);
	limit(out, "total_iops_sec", t->iops);
	limit(out, "total_bytes_sec_max", t->bytes_burst);
	limit(out, "total_iops_sec_max", t->iops_burst);
	limit(out, "size_iops_sec", t->iops_size);
	limit(out, "total_bytes_sec_max_length", t->bytes_burst_seconds);
	limit(out, "total_iops_sec_max_length", t->iops_burst_seconds);
	end(out);
}

/* What a request that fails means. A full disk has the machine wait, and try
 * it again when it is let go on. So does every failure of a disk that reads
 * from a process, since that may only have been killed: also of a write, which
 * may have to read what is around it. */
static void write_driver(struct out *out, const struct machine_disk *disk)
{
	bool waits = false;

	for (size_t i = 0; i < disk->chain_count; i++)
		waits |= disk->chain[i].export != NULL;
	open_with(out, "driver", "name", "qemu", "type", disk->chain[0].format,
		  "cache", "writeback", NULL);
	attribute(out, "error_policy", waits ? "stop" : "enospace");
	if (waits)
		attribute(out, "rerror_policy", "stop");
	attribute(out, "discard", "unmap");
	end(out);
}

static void write_disk(struct out *out, const struct machine_disk *disk,
		       bool boots)
{
	open_with(out, "disk", "type", "file", "device", "disk", NULL);
	write_driver(out, disk);
	write_source(out, &disk->chain[0]);
	write_backing(out, disk);
	empty(out, "target", "dev", disk->target, "bus", "virtio", NULL);
	write_throttle(out, &disk->throttle);
	if (disk->serial)
		text(out, "serial", disk->serial);
	if (boots)
		empty(out, "boot", "order", "1", NULL);
	if (disk->read_only)
		empty(out, "readonly", NULL);
	end(out);
}

/* Libvirt's filter of that name, told what the card's addresses are; nothing
 * else that the guest sends from passes. */
static void write_filter(struct out *out, const struct machine *machine)
{
	open_with(out, "filterref", "filter", machine->net_filter, NULL);
	empty(out, "parameter", "name", "IP", "value", machine->net_address,
	      NULL);
	empty(out, "parameter", "name", "MAC", "value", machine->mac, NULL);
	end(out);
}

/* Where the card's other end is. */
static void write_network(struct out *out, const struct machine *machine)
{
	char port[8];

	if (machine->net_port) {
		snprintf(port, sizeof(port), "%u", (unsigned)machine->net_port);
		empty(out, "source", "address", "127.0.0.1", "port", port,
		      NULL);
	} else if (machine->net_bridge) {
		empty(out, "source", "network", machine->net_bridge, NULL);
	}
}

static void write_interface(struct out *out, const struct machine *machine)
{
	open_with(out, "interface", "type",
		  machine->net_port   ? "client" :
		  machine->net_bridge ? "network" :
					"user",
		  NULL);
	empty(out, "mac", "address", machine->mac, NULL);
	write_network(out, machine);
	empty(out, "model", "type", "virtio", NULL);
	if (!machine->net_port && machine->net_bridge && machine->net_filter)
		write_filter(out, machine);
	/* nothing boots from the network: no option ROM to run */
	empty(out, "rom", "enabled", "no", NULL);
	end(out);
}

static void write_serial(struct out *out, const struct machine *machine)
{
	open_with(out, "serial", "type", "pty", NULL);
	if (machine->console_log)
		empty(out, "log", "file", machine->console_log, "append", "on",
		      NULL);
	empty(out, "target", "port", "0", NULL);
	end(out);
}

/* For a guest that runs the agent, so that its filesystems can be frozen. */
static void write_agent(struct out *out, const char *socket)
{
	open_with(out, "channel", "type", "unix", NULL);
	if (socket)
		empty(out, "source", "mode", "bind", "path", socket, NULL);
	empty(out, "target", "type", "virtio", "name", XML_AGENT, NULL);
	end(out);
}

static void write_devices(struct out *out, const struct machine *machine,
			  const char *agent)
{
	size_t ports = machine->disk_count + OTHER_DEVICES + SPARE_PORTS;

	start(out, "devices");
	empty(out, "controller", "type", "usb", "model", "none", NULL);
	empty(out, "controller", "type", "pci", "model", "pcie-root", NULL);
	while (ports--)
		empty(out, "controller", "type", "pci", "model",
		      "pcie-root-port", NULL);
	for (size_t i = 0; i < machine->disk_count; i++)
		write_disk(out, &machine->disks[i], i == 0);
	if (machine->mac)
		write_interface(out, machine);
	write_serial(out, machine);
	write_agent(out, agent);
	empty(out, "memballoon", "model", "virtio", NULL);
	open_with(out, "rng", "model", "virtio", NULL);
	open_with(out, "backend", "model", "random", NULL);
	check(out,
	      xmlTextWriterWriteString(out->writer, BAD_CAST "/dev/urandom"));
	end(out);
	end(out);
	end(out);
}

/* libvirt 9.0 asks an emulator that has this for each property of its CPU by
 * itself when a machine starts, some 400 questions, which QEMU reads byte by
 * byte: more than half of what a launch costs. Without it libvirt asks for the
 * words of features, which say the same. Later libvirts know the name, too. */
static void write_capabilities(struct out *out)
{
	start(out, "qemu:capabilities");
	empty(out, "qemu:del", "capability", "cpu-unavailable-features", NULL);
	end(out);
}

static void write_domain(struct out *out, const struct machine *machine,
			 const char *agent)
{
	check(out, xmlTextWriterSetIndent(out->writer, 1));
	open_with(out, "domain", "type",
		  machine->accel == ACCEL_KVM ? "kvm" : "qemu", "xmlns:qemu",
		  QEMU_NAMESPACE, NULL);
	text(out, "name", machine->id);
	text(out, "uuid", machine->uuid);
	write_metadata(out, machine);
	number(out, "memory", "MiB", machine->memory_mib);
	number(out, "vcpu", NULL, machine->vcpus);
	write_smbios(out, machine);
	write_boot(out, machine);
	write_cpu(out, machine);
	write_devices(out, machine, agent);
	write_capabilities(out);
	end(out);
	check(out, xmlTextWriterEndDocument(out->writer));
}

/* XML can hold neither control characters nor anything but UTF-8. */
static bool check_text(const char *what, const char *value, struct error *err)
{
	if (!value)
		return true;
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "the machine's %s has a control character",
				    what);
	if (!xmlCheckUTF8(BAD_CAST value))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the machine's %s is not UTF-8", what);
	return true;
}

static bool check_path(const char *what, const char *path, struct error *err)
{
	if (path && path[0] != '/')
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the machine's %s is not an absolute path", what);
	return check_text(what, path, err);
}

static bool check_disk(const struct machine_disk *disk, struct error *err)
{
	if (disk->chain_count == 0)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the disk %s has no file", disk->target);
	if (disk->serial && strlen(disk->serial) > SERIAL_MAX)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "the serial %s has more than %d characters",
			    disk->serial, SERIAL_MAX);
	for (size_t i = 0; i < disk->chain_count; i++) {
		const char *format = disk->chain[i].format;

		if (strcmp(format, "qcow2") != 0 && strcmp(format, "raw") != 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "the disk %s has a file of format %s",
				    disk->target, format);
		if (disk->chain[i].secret && format[0] != 'q')
			return fail(err, FAULT_INVALID_PARAMETER,
				    "the disk %s has an encrypted file of "
				    "format %s",
				    disk->target, format);
		if (!check_path("disk", disk->chain[i].path, err))
			return false;
	}
	return check_text("disk target", disk->target, err) &&
	       check_text("disk serial", disk->serial, err);
}

static bool check_machine(const struct machine *machine, struct error *err)
{
	if (machine->firmware == FIRMWARE_UEFI && !machine->nvram)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a machine with UEFI needs a file for its "
			    "variables");
	for (size_t i = 0; i < machine->disk_count; i++)
		if (!check_disk(&machine->disks[i], err))
			return false;
	return check_text("id", machine->id, err) &&
	       check_text("uuid", machine->uuid, err) &&
	       check_path("store", machine->store, err) &&
	       check_text("type", machine->type, err) &&
	       check_text("MAC", machine->mac, err) &&
	       check_text("network", machine->net_bridge, err) &&
	       check_text("address", machine->net_address, err) &&
	       check_text("filter", machine->net_filter, err) &&
	       check_path("UEFI variables' file", machine->nvram, err) &&
	       check_path("kernel", machine->kernel, err) &&
	       check_path("ramdisk", machine->ramdisk, err) &&
	       check_text("kernel command line", machine->cmdline, err) &&
	       check_path("console log", machine->console_log, err);
}

static bool begin(struct out *out, xmlBufferPtr *ret_buffer)
{
	*ret_buffer = xmlBufferCreate();
	out->writer = *ret_buffer ? xmlNewTextWriterMemory(*ret_buffer, 0) :
				    NULL;
	out->broken = !out->writer;
	return out->writer;
}

static bool finish(struct out *out, xmlBufferPtr buffer, struct buf *ret_xml,
		   struct error *err)
{
	/* freeing the writer flushes it into the buffer */
	xmlFreeTextWriter(out->writer);
	if (!out->broken)
		buf_add(ret_xml, xmlBufferContent(buffer),
			(size_t)xmlBufferLength(buffer));
	xmlBufferFree(buffer);
	return (!out->broken && !ret_xml->broken) || fail_memory(err);
}

bool xml_disk(const struct machine_disk *disk, struct buf *ret_xml,
	      struct error *err)
{
	xmlBufferPtr buffer;
	struct out out;

	if (!check_disk(disk, err))
		return false;
	if (begin(&out, &buffer))
		write_disk(&out, disk, false);
	return finish(&out, buffer, ret_xml, err);
}

bool xml_domain(const struct machine *machine, const char *agent,
		struct buf *ret_xml, struct error *err)
{
	xmlBufferPtr buffer;
	struct out out;

	if (!check_machine(machine, err))
		return false;
	if (begin(&out, &buffer))
		write_domain(&out, machine, agent);
	return finish(&out, buffer, ret_xml, err);
}

/* What libxml2 sets up when it is first used, two threads may not at once. */
void domain_begin(void)
{
	xmlInitParser();
}

bool domain_machine_xml(const struct machine *machine, struct buf *ret_xml,
			struct error *err)
{
	return xml_domain(machine, NULL, ret_xml, err);
}
