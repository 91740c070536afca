/* sealed.c - what comes in encrypted is in clear in no file, whatever it was */
#include "tests/images/chain/crypt.h"

#include <sys/mman.h>

#include "images/chain/blocks.h"

#define DISK (6 * MIB)
#define WORD "only-where-nobody-reads-it"

static struct error err;
static struct chain *chain;
static struct holders holders;
static char *store;
static uint8_t wanted[DISK], got[DISK];

/* A disk that is full of the word, with a hole and with zeros. */
static void make(const char *path)
{
	for (size_t i = 0; i < DISK; i++)
		wanted[i] = (uint8_t)WORD[i % (sizeof(WORD) - 1)];
	memset(wanted + MIB, 0, MIB);
	make_file(path, wanted, DISK, DISK);
}

static void clean(void)
{
	const char *const argv[] = { "grep", "-rqF", WORD, store, NULL };
	int code = 0;
	struct process process = { .argv = argv,
				   .answers = 1 << 1,
				   .ret_exit = &code };

	good(process_run(&process, NULL, &err));
	check(code == 1);
}

/* The image becomes an encrypted layer that shows the disk. */
static void comes_in(int fd, const char *declared)
{
	char name[LAYER_NAME_SIZE];
	const struct layer_ref layer = { name, LAYER_QCOW2 };
	struct layer_secret secret;
	struct disk_header header;
	struct disk *disk;
	struct stat st;
	bool encrypted;

	secret_make('a', &secret);
	good(disk_header_read(fd, declared, GIB, &header, &err));
	layer_name_new(LAYER_QCOW2, name);
	good(layer_import_encrypted(chain, name, fd, &header, &secret, NULL,
				    NULL, &err));
	clean();
	good(layer_encrypted(chain, name, &encrypted, &err));
	check(encrypted);
	check(stat(keep(layer_path(chain, name)), &st) == 0 &&
	      (st.st_mode & 07777) == 0400 &&
	      (uint64_t)st.st_blocks * 512 < DISK);
	secret_give(&holders, name, 'a');
	good(disk_open(chain, &layer, &disk, &err));
	check(disk_size(disk) == DISK);
	good(disk_read(disk, got, DISK, 0, &err));
	check(memcmp(got, wanted, DISK) == 0);
	disk_close(disk);
	good(layer_remove(chain, name, &err));
	close(fd);
}

static void formats(const char *raw)
{
	static const char *const all[] = { "qcow2", "vmdk", "vpc" };
	char *image = in_dir("image");

	comes_in(reading(raw), "raw");
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		run("qemu-img", "convert", "-f", "raw", "-O", all[i], "-o",
		    strcmp(all[i], "vpc") == 0	? "force_size=on" :
		    strcmp(all[i], "vmdk") == 0 ? "subformat=monolithicSparse" :
						  "cluster_size=4k",
		    raw, image);
		comes_in(reading(image),
			 strcmp(all[i], "vpc") == 0 ? "vhd" : all[i]);
	}
}

/* What is in memory and sealed needs no lease, and no copy. */
static void from_memory(const char *raw)
{
	const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	int fd = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char *image = in_dir("image.qcow2");
	static uint8_t bytes[2 * DISK];
	int from;
	ssize_t size;

	run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image);
	from = reading(image);
	size = read(from, bytes, sizeof(bytes));
	close(from);
	check(fd >= 0 && size > 0 && write(fd, bytes, (size_t)size) == size);
	check(fcntl(fd, F_ADD_SEALS, seals) == 0);
	comes_in(fd, "qcow2");
}

/* One that would have to be copied first is not taken. */
static void not_copied(const char *raw)
{
	char name[LAYER_NAME_SIZE], *image = in_dir("written.qcow2");
	struct layer_secret secret;
	struct disk_header header;
	int fd;

	secret_make('a', &secret);
	run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, image);
	fd = open(image, O_RDWR | O_CLOEXEC);
	check(fd >= 0);
	good(disk_header_read(fd, "qcow2", GIB, &header, &err));
	layer_name_new(LAYER_QCOW2, name);
	bad(INVALID_PARAMETER, "would be in clear",
	    layer_import_encrypted(chain, name, fd, &header, &secret, NULL,
				   NULL, &err));
	close(fd);
	layer_name_new(LAYER_RAW, name);
	fd = reading(raw);
	good(disk_header_read(fd, "raw", GIB, &header, &err));
	bad(INTERNAL, "the name of no qcow2",
	    layer_import_encrypted(chain, name, fd, &header, &secret, NULL,
				   NULL, &err));
	layer_name_new(LAYER_QCOW2, name);
	header.virtual_size = header.file_size += MIB;
	bad(IMPORT_FORMAT, "became shorter",
	    layer_import_encrypted(chain, name, fd, &header, &secret, NULL,
				   NULL, &err));
	secret.text[0] = 0;
	bad(INTERNAL, "is to have a key",
	    layer_import_encrypted(chain, name, fd, &header, &secret, NULL,
				   NULL, &err));
	close(fd);
}

int main(void)
{
	char *raw = in_dir("disk.raw");

	store = in_dir("store");
	good(chain_open(keep(format_text("%s/layers", store)), &chain, &err));
	chain_set_secrets(chain, secret_tell, &holders);
	make(raw);
	formats(raw);
	from_memory(raw);
	not_copied(raw);
	check(census(chain).files == 0);
	chain_close(chain);
	return 0;
}
