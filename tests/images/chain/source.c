/* source.c - a disk's extents and bytes are those that QEMU's own tools see */
#include "tests/images/chain/testing.h"

#include "images/chain/source.h"

#define DISK (24 * MIB)

static struct error err;
static struct chain *chain;

/* Reads a source by its extents and compares with a raw file; returns how many
 * bytes were told to be data. */
static uint64_t compare(struct source *source, const char *raw)
{
	static uint8_t wanted[DISK], got[DISK];
	auto_close int fd = open(raw, O_RDONLY | O_CLOEXEC);
	uint64_t at = 0, data = 0;

	check(source->size == DISK);
	check(read(fd, wanted, DISK) == (ssize_t)DISK);
	memset(got, 0, DISK);
	while (at < source->size) {
		uint64_t size = 0;
		bool has = false;

		good(source_next(source, at, &size, &has, &err));
		check(size > 0 && size <= source->size - at);
		if (has) {
			good(source_read(source, got + at, size, at, &err));
			data += size;
		}
		at += size;
	}
	check(memcmp(wanted, got, DISK) == 0);
	return data;
}

static void of_layers(void)
{
	char bottom[LAYER_NAME_SIZE], top[LAYER_NAME_SIZE];
	struct layer_ref below = { bottom, LAYER_QCOW2 };
	struct layer_ref layer = { top, LAYER_QCOW2 };
	auto_of(source) source = NULL;
	struct disk *disk = NULL;

	layer_name_new(LAYER_QCOW2, bottom);
	layer_name_new(LAYER_QCOW2, top);
	good(layer_create(chain, bottom, NULL, DISK, &err));
	run("qemu-io", "-f", "qcow2", "-c", "write -q -P 5 1M 3M",
	    keep(layer_path(chain, bottom)));
	good(layer_freeze(chain, bottom, &err));
	good(layer_create(chain, top, &below, DISK, &err));
	run("qemu-io", "-f", "qcow2", "-c", "write -q -z 2M 1M", "-c",
	    "write -q -P 7 20M 64k", keep(layer_path(chain, top)));
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw",
	    keep(layer_path(chain, top)), in_dir("layers.raw"));
	good(disk_open(chain, &layer, &disk, &err));
	good(source_open_disk(disk, &source, &err));
	check(compare(source, in_dir("layers.raw")) == 2 * MIB + 64 * 1024);
}

/* Opens in_dir("foreign.qcow2") as a stranger's image. */
static bool open_foreign(struct source **ret_source, struct disk **ret_disk)
{
	auto_close int fd = open(in_dir("foreign.qcow2"), O_RDONLY | O_CLOEXEC);
	struct disk_header header;

	return disk_header_read(fd, NULL, DISK, &header, &err) &&
	       disk_open_foreign(chain, fd, &header, ret_disk, &err) &&
	       source_open_disk(*ret_disk, ret_source, &err);
}

static void of_strangers(void)
{
	auto_of(source) source = NULL;
	struct disk *disk = NULL;
	char byte[1];
	int writer;

	run("qemu-img", "create", "-q", "-f", "qcow2", in_dir("plain.qcow2"),
	    "24M");
	run("qemu-io", "-f", "qcow2", "-c", "write -q -P 9 5M 1M",
	    in_dir("plain.qcow2"));
	run("qemu-img", "convert", "-c", "-f", "qcow2", "-O", "qcow2",
	    in_dir("plain.qcow2"), in_dir("foreign.qcow2"));
	run("qemu-img", "convert", "-f", "qcow2", "-O", "raw",
	    in_dir("plain.qcow2"), in_dir("foreign.raw"));
	good(open_foreign(&source, &disk));
	check(compare(source, in_dir("foreign.raw")) == MIB);

	/* whoever writes it is not read, … */
	source_close(take(source));
	writer = open(in_dir("foreign.qcow2"), O_RDWR | O_CLOEXEC);
	check(!open_foreign(&source, &disk) &&
	      err.fault == FAULT_INVALID_PARAMETER);
	error_clear(&err);
	close(writer);

	/* … and who begins to while it is read is noticed */
	good(open_foreign(&source, &disk));
	check(open(in_dir("foreign.qcow2"), O_RDWR | O_NONBLOCK) < 0);
	check(!source_read(source, byte, sizeof(byte), 5 * MIB, &err) &&
	      err.fault == FAULT_IMPORT_FORMAT);
	error_clear(&err);
	source_close(take(source));

	/* one that names another file is refused */
	run("qemu-img", "create", "-q", "-f", "qcow2", "-b",
	    in_dir("foreign.raw"), "-F", "raw", in_dir("foreign.qcow2"));
	check(!open_foreign(&source, &disk) &&
	      err.fault == FAULT_IMPORT_FORMAT);
}

int main(void)
{
	good(chain_open(in_dir("layers"), &chain, &err));
	of_layers();
	of_strangers();
	chain_close(chain);
	return 0;
}
