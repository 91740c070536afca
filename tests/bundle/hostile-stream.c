/* hostile-stream.c - parts, ciphers, streams and archives that are wrong
 *
 * Each bundle's manifest is right about its parts and its key, unless that is
 * the case at hand: the digests are those of what was made, so that every
 * stage is reached.
 */
#include <assert.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/bundle/hostile.h"

#define SIZE 70000 /* of the image */
#define PART 9001

static uint8_t image[SIZE];

/* What may differ from a right bundle. */
struct hostile {
	const char *name;
	const char *says;
	void (*archive)(struct buf *tar);
	void (*pack)(struct buf *packed, const struct buf *tar);
	void (*seal)(struct buf *sealed, const struct buf *packed);
	void (*parts)(void);
	uint64_t size; /* that the manifest tells; 0: the right one */
};

/* Archives. */

static void typed(struct buf *tar, char type)
{
	uint8_t header[512];

	tar_header(header, type, "image", 0);
	memcpy(header + 157, "/etc/passwd", 11);
	tar_sum(header);
	buf_add(tar, header, 512);
	tar_end(tar);
}

#define TYPE(name, letter)                  \
	static void name(struct buf *tar)   \
	{                                   \
		typed(tar, letter);         \
	}
TYPE(link_hard, '1')
TYPE(link_soft, '2')
TYPE(device_char, '3')
TYPE(device_block, '4')
TYPE(directory, '5')
TYPE(fifo, '6')
TYPE(gnu_directory, 'D')
TYPE(gnu_volume, 'M')
TYPE(gnu_label, 'V')
TYPE(unknown, 'Z')

static void right(struct buf *tar)
{
	tar_member(tar, '0', "image", image, SIZE);
	tar_end(tar);
}

static void two_files(struct buf *tar)
{
	tar_member(tar, '0', "image", image, SIZE);
	tar_member(tar, '0', "../../etc/cron.d/x", image, 100);
	tar_end(tar);
}

static void two_archives(struct buf *tar)
{
	right(tar);
	right(tar);
}

static void garbage_behind(struct buf *tar)
{
	right(tar);
	buf_char(tar, 'x');
}

static void zeros_behind(struct buf *tar)
{
	right(tar);
	tar_zeros(tar, 3 << 20);
}

static void empty(struct buf *tar)
{
	tar_end(tar);
}

static void nothing(struct buf *tar)
{
	(void)tar;
}

static void no_archive(struct buf *tar)
{
	buf_add(tar, image, SIZE);
}

static void wrong_sum(struct buf *tar)
{
	right(tar);
	tar->data[0] ^= 1;
}

static void half_header(struct buf *tar)
{
	uint8_t header[512];

	tar_header(header, '0', "image", SIZE);
	buf_add(tar, header, 500);
}

static void cut_data(struct buf *tar)
{
	right(tar);
	tar->size = 512 + SIZE - 1;
}

static void cut_padding(struct buf *tar)
{
	right(tar);
	tar->size = 512 + SIZE + 1;
}

/* A header with a field of its own for the size. */
static void sized(struct buf *tar, const void *field)
{
	uint8_t header[512];

	tar_header(header, '0', "image", SIZE);
	memcpy(header + 124, field, 12);
	tar_sum(header);
	buf_add(tar, header, 512);
	buf_add(tar, image, SIZE);
	tar_end(tar);
}

static void negative(struct buf *tar)
{
	sized(tar, "\377\377\377\377\377\377\377\377\377\377\377\377");
}

static void overflow(struct buf *tar)
{
	sized(tar, "\200\001\0\0\0\0\0\0\0\001\021\160"); /* + 2^80 */
}

static void overflow_sign(struct buf *tar)
{
	sized(tar, "\200\0\0\0\200\0\0\0\0\001\021\160"); /* + 2^63 */
}

static void no_octal(struct buf *tar)
{
	sized(tar, "0x000011170\0");
}

static void minus(struct buf *tar)
{
	sized(tar, "-0000211160\0");
}

/* PAX headers. */

static void pax_type(struct buf *tar, char type, const char *records)
{
	tar_member(tar, type, "PaxHeaders/image", records, strlen(records));
	right(tar);
}

#define PAX(name, type, records)                   \
	static void name(struct buf *tar)          \
	{                                          \
		pax_type(tar, type, records);      \
	}
PAX(pax_larger, 'x', "22 size=1099511627776\n")
PAX(pax_bigger, 'x', "14 size=70001\n")
PAX(pax_smaller, 'x', "10 size=1\n")
PAX(pax_negative, 'x', "15 size=-70000\n")
PAX(pax_huge, 'x', "29 size=99999999999999999999\n")
PAX(pax_empty_size, 'x', "8 size=\n")
PAX(pax_global, 'g', "14 size=70000\n")
PAX(pax_sparse, 'x', "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n")
PAX(pax_sparse_old, 'x', "26 GNU.sparse.map=0,1,2,3\n")
PAX(pax_sparse_global, 'g', "22 GNU.sparse.major=1\n")
PAX(pax_too_long, 'x', "99 comment=x\n")
PAX(pax_no_length, 'x', "comment=x\n")
PAX(pax_no_value, 'x', "11 comment\n")
PAX(pax_no_end, 'x', "10 comment=x\n")
PAX(pax_zero, 'x', "0 comment=x\n")
PAX(pax_many_digits, 'x', "00000000000000000000000000013 comment=x\n")

static void pax_large(struct buf *tar)
{
	auto_free char *large = calloc(1, 1 << 20);

	assert(large);
	tar_member(tar, 'x', "PaxHeaders/image", large, 1 << 20);
	right(tar);
}

static void headers_large(struct buf *tar)
{
	uint8_t header[512];

	tar_header(header, 'L', "././@LongLink", 1ULL << 32);
	buf_add(tar, header, 512);
	right(tar);
}

static void headers_many(struct buf *tar)
{
	for (int i = 0; i < 1000; i++)
		tar_member(tar, 'g', "x", "13 comment=x\n", 13);
	right(tar);
}

static void headers_only(struct buf *tar)
{
	tar_member(tar, 'x', "x", "13 comment=x\n", 13);
	tar_end(tar);
}

/* GNU's sparse maps. */

struct extent {
	uint64_t offset, size;
};

static void sparse(struct buf *tar, const struct extent *map, size_t count,
		   uint64_t stored, uint64_t real)
{
	uint8_t header[512];

	tar_header(header, 'S', "image", stored);
	for (size_t i = 0; i < count; i++) {
		octal(header + 386 + 24 * i, map[i].offset);
		octal(header + 386 + 24 * i + 12, map[i].size);
	}
	octal(header + 483, real);
	tar_sum(header);
	buf_add(tar, header, 512);
	buf_add(tar, image, 4096);
	tar_end(tar);
}

#define MAP(name, stored, real, ...)                                    \
	static void name(struct buf *tar)                               \
	{                                                               \
		static const struct extent map[] = { __VA_ARGS__ };     \
                                                                        \
		sparse(tar, map, sizeof(map) / sizeof(map[0]), stored,  \
		       real);                                           \
	}
MAP(map_falls, 1024, SIZE, { 4096, 512 }, { 0, 512 })
MAP(map_overlaps, 1024, SIZE, { 0, 512 }, { 511, 512 })
MAP(map_same, 1024, SIZE, { 0, 512 }, { 0, 512 })
MAP(map_outside, 512, SIZE, { SIZE, 512 })
MAP(map_over_end, 512, SIZE, { SIZE - 100, 512 })
MAP(map_overflows, 512, SIZE, { 077777777777, 077777777777 })
MAP(map_sum_less, 1024, SIZE, { 0, 512 })
MAP(map_sum_more, 512, SIZE, { 0, 512 }, { 1024, 512 })
MAP(map_odd, 1024, SIZE, { 0, 100 }, { 1024, 924 })
MAP(map_behind_end, 512, SIZE, { 0, 0 }, { 1024, 512 })
MAP(map_larger, 512, SIZE + 1, { 0, 512 })
MAP(map_smaller, 512, 1024, { 0, 512 })
MAP(map_no_data, 20480, SIZE, { 0, 20480 })

/* Blocks of a map that goes on for as long as the count says. */
static void map_blocks(struct buf *tar, size_t count, const void *entry,
		       bool sparse_end)
{
	uint8_t header[512], block[512] = { 0 };

	tar_header(header, 'S', "image", 0);
	header[482] = 1;
	for (size_t i = 0; i < 4; i++)
		memcpy(header + 386 + 24 * i, entry, 24);
	octal(header + 483, SIZE);
	tar_sum(header);
	buf_add(tar, header, 512);
	for (size_t i = 0; i < 21; i++)
		memcpy(block + 24 * i, entry, 24);
	for (size_t i = 0; i < count; i++) {
		block[504] = i + 1 < count || !sparse_end;
		buf_add(tar, block, 512);
	}
}

static const char empty_entry[24] = "00000000000\00000000000000";

static void map_too_long(struct buf *tar)
{
	map_blocks(tar, 1000, empty_entry, true);
	tar_end(tar);
}

static void map_cut(struct buf *tar)
{
	map_blocks(tar, 1, empty_entry, false);
}

static void map_goes_on(struct buf *tar)
{
	static const char blank[24];

	map_blocks(tar, 10, blank, true);
	tar_end(tar);
}

static void map_and_pax(struct buf *tar)
{
	tar_member(tar, 'x', "x", "12 size=512\n", 12);
	map_sum_more(tar);
}

/* Streams. */

static void pack_right(struct buf *packed, const struct buf *tar)
{
	gzip_add(packed, buf_text(tar), tar->size, 6);
}

static void pack_not(struct buf *packed, const struct buf *tar)
{
	buf_add(packed, tar->data, tar->size);
}

static void pack_nothing(struct buf *packed, const struct buf *tar)
{
	(void)packed;
	(void)tar;
}

static void pack_cut(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	packed->size /= 2;
}

static void pack_no_trailer(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	packed->size -= 8;
}

static void pack_half_trailer(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	packed->size -= 3;
}

static void pack_crc(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	packed->data[packed->size - 8] ^= 1;
}

static void pack_isize(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	packed->data[packed->size - 1] ^= 1;
}

static void pack_garbage(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	buf_str(packed, "garbage that follows");
}

static void pack_zeros(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	tar_zeros(packed, 512);
}

static void pack_half_member(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	buf_add(packed, packed->data, 10);
}

static void pack_magic(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	buf_char(packed, 0x1f);
}

static void pack_broken(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	memset(packed->data + packed->size / 2, 0xff, 100);
}

static void pack_method(struct buf *packed, const struct buf *tar)
{
	pack_right(packed, tar);
	packed->data[2] = 7;
}

/* A reserved kind of block, and a distance before the beginning. */
static void pack_block(struct buf *packed, const struct buf *tar)
{
	(void)tar;
	buf_add(packed, "\x1f\x8b\x08\0\0\0\0\0\0\003\007\0\0\0", 14);
}

static void pack_distance(struct buf *packed, const struct buf *tar)
{
	(void)tar;
	buf_add(packed, "\x1f\x8b\x08\0\0\0\0\0\0\003\x03\x7e\0\0\0\0\0\0", 18);
}

static void pack_endless_name(struct buf *packed, const struct buf *tar)
{
	(void)tar;
	buf_add(packed, "\x1f\x8b\x08\x08\0\0\0\0\0\003", 10);
	for (int i = 0; i < 1 << 20; i++)
		buf_char(packed, 'n');
}

static void pack_empty_members(struct buf *packed, const struct buf *tar)
{
	(void)tar;
	for (int i = 0; i < 20000; i++)
		gzip_add(packed, "", 0, 1);
}

/* The right archive, and 8 GiB of zeros behind it. */
static void pack_bomb(struct buf *packed, const struct buf *tar)
{
	auto_free char *zeros = calloc(1, 64 << 20);
	auto_buf bomb = BUF_INIT;

	assert(zeros);
	pack_right(packed, tar);
	gzip_add(&bomb, zeros, 64 << 20, 9);
	for (int i = 0; i < 128; i++)
		buf_add(packed, bomb.data, bomb.size);
}

/* Ciphers. */

static void seal_bare(struct buf *sealed, const struct buf *packed)
{
	auto_buf whole = BUF_INIT;

	buf_add(&whole, packed->data, packed->size);
	while (whole.size % 16)
		buf_char(&whole, 'x');
	encrypt(sealed, &whole, false);
}

static void seal_cut(struct buf *sealed, const struct buf *packed)
{
	encrypt(sealed, packed, true);
	sealed->size -= 16;
}

static void seal_not(struct buf *sealed, const struct buf *packed)
{
	buf_add(sealed, packed->data, packed->size);
	while (sealed->size % 16)
		buf_char(sealed, 0);
}

static void seal_salted(struct buf *sealed, const struct buf *packed)
{
	buf_str(sealed, "Salted__saltsalt");
	encrypt(sealed, packed, true);
}

/* Parts, changed when the manifest is made. */

#define SHELL(name, command)                    \
	static void name(void)                  \
	{                                       \
		assert(system(command) == 0);   \
	}
SHELL(part_missing, "mv parts/image.part.3 parts/other")
SHELL(part_last_missing, "mv parts/image.part.7 parts/other")
SHELL(part_link, "mv parts/image.part.3 parts/x;"
		 " ln -s x parts/image.part.3")
SHELL(part_link_out, "ln -sf /etc/passwd parts/image.part.3")
SHELL(part_link_nowhere, "ln -sf nowhere parts/image.part.3")
SHELL(part_link_device, "ln -sf /dev/zero parts/image.part.3")
SHELL(part_directory, "rm parts/image.part.3; mkdir parts/image.part.3")
SHELL(part_fifo, "rm parts/image.part.3; mkfifo parts/image.part.3")
SHELL(part_longer, "echo >>parts/image.part.3")
SHELL(part_shorter, "truncate -s 9000 parts/image.part.3")
SHELL(part_empty, "truncate -s 0 parts/image.part.3")
SHELL(part_huge, "truncate -s 1T parts/image.part.3")
SHELL(part_changed, "printf x | dd of=parts/image.part.3 bs=1 seek=77"
		    " conv=notrunc status=none")
SHELL(part_first_changed, "printf x | dd of=parts/image.part.0 bs=1 seek=0"
			  " conv=notrunc status=none")
SHELL(part_swapped, "cd parts && mv image.part.3 x &&"
		    " mv image.part.4 image.part.3 && mv x image.part.4")
SHELL(part_shifted, "truncate -s 9000 parts/image.part.3;"
		    " echo >>parts/image.part.4")

static void part_socket(void)
{
	struct sockaddr_un address = { AF_UNIX, "parts/image.part.3" };
	auto_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert(fd >= 0 && unlink(address.sun_path) == 0 &&
	       bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
}

#define ARCHIVE(name, says, how) { name, says, .archive = how }
#define STREAM(name, says, how) { name, says, .pack = how }
#define CIPHER(name, says, how) { name, says, .seal = how }
#define PARTS(name, says, how) { name, says, .parts = how }

static const struct hostile cases[] = {
	ARCHIVE("hard link", "not a file", link_hard),
	ARCHIVE("symbolic link", "not a file", link_soft),
	ARCHIVE("character device", "not a file", device_char),
	ARCHIVE("block device", "not a file", device_block),
	ARCHIVE("directory", "not a file", directory),
	ARCHIVE("FIFO", "not a file", fifo),
	ARCHIVE("directory of GNU's", "not a file", gnu_directory),
	ARCHIVE("continued volume", "not a file", gnu_volume),
	ARCHIVE("label", "not a file", gnu_label),
	ARCHIVE("unknown kind", "not a file", unknown),
	ARCHIVE("two files", "more than one", two_files),
	ARCHIVE("a file behind the zeros", "more than one", two_archives),
	ARCHIVE("garbage behind the zeros", "more than one", garbage_behind),
	ARCHIVE("too many zeros", "does not end", zeros_behind),
	ARCHIVE("empty archive", "is empty", empty),
	ARCHIVE("nothing", "too early", nothing),
	ARCHIVE("no archive", "none of tar's", no_archive),
	ARCHIVE("wrong sum", "none of tar's", wrong_sum),
	ARCHIVE("half a header", "too early", half_header),
	ARCHIVE("cut data", "too early", cut_data),
	ARCHIVE("cut padding", "too early", cut_padding),
	ARCHIVE("negative size", "none of tar's", negative),
	ARCHIVE("size of 2^80", "none of tar's", overflow),
	ARCHIVE("size of 2^63", "none of tar's", overflow_sign),
	ARCHIVE("hexadecimal size", "none of tar's", no_octal),
	ARCHIVE("size with a minus", "none of tar's", minus),
	{ "member is larger", "another size", .archive = right, .size = 69999 },
	{ "member is smaller", "another size", .archive = right,
	  .size = 70001 },
	{ "image of an exabyte", "cannot make an image", .archive = right,
	  .size = 999999999999999999 },
	ARCHIVE("PAX: a size of a TiB", "another size", pax_larger),
	ARCHIVE("PAX: larger", "another size", pax_bigger),
	ARCHIVE("PAX: smaller", "another size", pax_smaller),
	ARCHIVE("PAX: negative", "size in a PAX", pax_negative),
	ARCHIVE("PAX: huge", "size in a PAX", pax_huge),
	ARCHIVE("PAX: no size", "size in a PAX", pax_empty_size),
	ARCHIVE("PAX: for all", "size in a PAX", pax_global),
	ARCHIVE("PAX: sparse", "in the PAX form", pax_sparse),
	ARCHIVE("PAX: sparse of old", "in the PAX form", pax_sparse_old),
	ARCHIVE("PAX: sparse for all", "in the PAX form", pax_sparse_global),
	ARCHIVE("PAX: record too long", "broken PAX", pax_too_long),
	ARCHIVE("PAX: record without length", "broken PAX", pax_no_length),
	ARCHIVE("PAX: record without value", "broken PAX", pax_no_value),
	ARCHIVE("PAX: record without end", "broken PAX", pax_no_end),
	ARCHIVE("PAX: record of nothing", "broken PAX", pax_zero),
	ARCHIVE("PAX: length of many digits", "broken PAX", pax_many_digits),
	ARCHIVE("PAX: a MiB", "too large a header", pax_large),
	ARCHIVE("a name of 4 GiB", "too large a header", headers_large),
	ARCHIVE("a thousand headers", "too many headers", headers_many),
	ARCHIVE("headers of nothing", "is empty", headers_only),
	ARCHIVE("map falls", "wrong map", map_falls),
	ARCHIVE("map overlaps", "wrong map", map_overlaps),
	ARCHIVE("map says it twice", "wrong map", map_same),
	ARCHIVE("map leads out", "wrong map", map_outside),
	ARCHIVE("map goes over the end", "wrong map", map_over_end),
	ARCHIVE("map overflows", "wrong map", map_overflows),
	ARCHIVE("map has less", "does not fit its data", map_sum_less),
	ARCHIVE("map has more", "does not fit its data", map_sum_more),
	ARCHIVE("map of odd pieces", "wrong map", map_odd),
	ARCHIVE("map goes on behind an empty entry", "wrong map",
		map_behind_end),
	ARCHIVE("map of a larger file", "another size", map_larger),
	ARCHIVE("map of a smaller file", "another size", map_smaller),
	ARCHIVE("map without data", "too early", map_no_data),
	ARCHIVE("map too long", "too large a map", map_too_long),
	ARCHIVE("map cut", "too early", map_cut),
	ARCHIVE("map goes on behind its end", "goes on", map_goes_on),
	ARCHIVE("map and PAX", "two sizes", map_and_pax),
	STREAM("not compressed", "not gzip's", pack_not),
	STREAM("empty stream", "too early", pack_nothing),
	STREAM("cut stream", "too early", pack_cut),
	STREAM("no trailer", "too early", pack_no_trailer),
	STREAM("half a trailer", "too early", pack_half_trailer),
	STREAM("wrong CRC", "checksum", pack_crc),
	STREAM("wrong size", "checksum", pack_isize),
	STREAM("garbage behind", "something else", pack_garbage),
	STREAM("zeros behind", "something else", pack_zeros),
	STREAM("half a member behind", "too early", pack_half_member),
	STREAM("half a magic number behind", "too early", pack_magic),
	STREAM("broken stream", "cannot be unpacked", pack_broken),
	STREAM("unknown method", "not gzip's", pack_method),
	STREAM("reserved block", "are broken", pack_block),
	STREAM("distance before the beginning", "are broken", pack_distance),
	STREAM("endless name", "too early", pack_endless_name),
	STREAM("20000 empty members", "too early", pack_empty_members),
	STREAM("8 GiB of zeros", "does not end", pack_bomb),
	CIPHER("no padding", "end is wrong", seal_bare),
	CIPHER("cut cipher", "end is wrong", seal_cut),
	CIPHER("not encrypted", "cannot be", seal_not),
	CIPHER("salted", "not gzip's", seal_salted),
	PARTS("part is missing", "is missing", part_missing),
	PARTS("last part is missing", "is missing", part_last_missing),
	PARTS("part is a link", "not a file", part_link),
	PARTS("part is a link out", "not a file", part_link_out),
	PARTS("part is a link to nowhere", "not a file", part_link_nowhere),
	PARTS("part is a link to a device", "not a file", part_link_device),
	PARTS("part is a directory", "not a file", part_directory),
	PARTS("part is a FIFO", "not a file", part_fifo),
	PARTS("part is a socket", "not a file", part_socket),
	PARTS("part is longer", "the manifest says", part_longer),
	PARTS("part is shorter", "the manifest says", part_shorter),
	PARTS("part is empty", "the manifest says", part_empty),
	PARTS("part is huge", "the manifest says", part_huge),
	PARTS("part is changed", "image.part.3 is damaged", part_changed),
	PARTS("first part is changed", "image.part.0 is damaged",
	      part_first_changed),
	PARTS("parts are swapped", "image.part.3 is damaged", part_swapped),
	PARTS("parts are shifted", "image.part.3 is damaged", part_shifted),
};

static void run(const struct hostile *hostile, const struct manifest *wrapped)
{
	auto_of(arena) arena = arena_new();
	auto_buf tar = BUF_INIT, packed = BUF_INIT, sealed = BUF_INIT;
	auto_buf text = BUF_INIT;
	struct manifest manifest;
	struct error err = { 0 };

	assert(system("rm -rf parts && mkdir parts") == 0 && arena);
	(hostile->archive ? hostile->archive : right)(&tar);
	(hostile->pack ? hostile->pack : pack_right)(&packed, &tar);
	if (hostile->seal)
		hostile->seal(&sealed, &packed);
	else
		encrypt(&sealed, &packed, true);
	manifest = manifest_for(&tar, hostile->size ? hostile->size : SIZE);
	manifest.user_key = wrapped->user_key;
	manifest.user_iv = wrapped->user_iv;
	parts_put(&sealed, PART, "parts", arena, &manifest);
	assert(manifest_write(&manifest, NULL, &text, &err));
	if (hostile->parts)
		hostile->parts();
	if (hostile->says)
		refused(hostile->name, text.data, text.size, "key.pem",
			hostile->size > 1ULL << 50 ? FAULT_INTERNAL :
						     FAULT_INVALID_MANIFEST,
			hostile->says);
	else
		attempt(text.data, text.size, "key.pem", &err);
	printf("%s", err.text);
	assert(!err.fault);
}

/* The archive's digest is another's, or a secret's half is. */
static void test_digests(const struct manifest *wrapped, const struct rsa *key)
{
	static const struct hostile good = { "good" };
	auto_of(arena) arena = arena_new();
	auto_buf text = BUF_INIT, other = BUF_INIT, tar = BUF_INIT;
	auto_buf packed = BUF_INIT, sealed = BUF_INIT, large = BUF_INIT;
	const struct manifest_part huge = { "image.part.0", "00" };
	struct bundle_key wrong = test_key;
	struct manifest manifest, swollen;
	struct error err = { 0 };

	run(&good, wrapped);
	assert(arena && unlink("out/image") == 0);
	right(&tar);
	pack_right(&packed, &tar);
	encrypt(&sealed, &packed, true);
	manifest = manifest_for(&tar, SIZE);
	parts_put(&sealed, PART, "parts", arena, &manifest);
	manifest.user_key = wrapped->user_key;
	manifest.user_iv = wrapped->user_iv;
	manifest.digest[39] ^= 1;
	assert(manifest_write(&manifest, NULL, &text, &err));
	refused("archive's digest", text.data, text.size, "key.pem",
		FAULT_INVALID_MANIFEST, "not what was packed");
	manifest.digest[39] ^= 1;
	swollen = manifest;
	swollen.parts = &huge;
	swollen.part_count = 1;
	swollen.bundled_size = 1ULL << 40;
	assert(truncate("parts/image.part.0", 1LL << 40) == 0);
	assert(manifest_write(&swollen, NULL, &large, &err));
	refused("a part of a TiB", large.data, large.size, "key.pem",
		FAULT_INVALID_MANIFEST, "the bundle");
	wrong.key[15] ^= 1;
	assert(bundle_key_wrap(&wrong, key, arena, &manifest.user_key,
			       &manifest.user_iv, &err));
	assert(truncate("parts/image.part.0", PART) == 0);
	assert(manifest_write(&manifest, NULL, &other, &err));
	refused("another secret", other.data, other.size, "key.pem",
		FAULT_INVALID_MANIFEST, "cannot be");
}

int main(void)
{
	auto_of(arena) arena = arena_new();
	auto_of(rsa) key = NULL;
	struct manifest wrapped = { 0 };
	struct error err = { 0 };

	assert(arena && chdir(getenv("TMPDIR")) == 0);
	assert(mkdir("work", 0700) == 0 && chdir("work") == 0);
	assert(mkdir("parts", 0700) == 0 && mkdir("out", 0700) == 0);
	assert(rsa_make("key.pem", "cert.pem", "123456789012", &err));
	assert(rsa_read_private("key.pem", &key, &err));
	assert(bundle_key_wrap(&test_key, key, arena, &wrapped.user_key,
			       &wrapped.user_iv, &err));
	fill(image, SIZE, 1);
	test_digests(&wrapped, key);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		run(&cases[i], &wrapped);
	return 0;
}
