/* mapping.c - plans of block devices, one case a row
 *
 * A mapping is written as one line of words, "sdf snap-8 20 gp3 i4000 t200
 * keep", entries divided by ";", and so is the plan that comes out; thus a row
 * is read at a glance. "snap-N" is a snapshot of N GiB, snap-0 one that the
 * caller may not see.
 */
#include "launcher/instance/mapping.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images/base/buf.h"

#define ROOT "sda1 snap-8"
#define ROOT_PLAN "/dev/sda1* snap-8 8 gp2 100/0 delete"

static const struct {
	const char *image, *launch;
	const char *want; /* the plan, or, on a fault, a part of its text */
	enum fault fault;
	const char *root; /* "/dev/sda1" when NULL, none when "-" */
	bool nvme;	  /* the type's stores */
} cases[] = {
	/* what the image says alone, and what nobody says */
	{ ROOT, "", ROOT_PLAN },
	{ "sda1 snap-8 20 gp3", "",
	  "/dev/sda1* snap-8 20 gp3 3000/125 delete" },
	{ "sda1 snap-8 keep", "", "/dev/sda1* snap-8 8 gp2 100/0 keep" },
	{ ROOT "; sdf 10", "", ROOT_PLAN "; /dev/sdf - 10 gp2 100/0 keep" },
	{ ROOT "; sdf snap-4 delete", "",
	  ROOT_PLAN "; /dev/sdf snap-4 4 gp2 100/0 delete" },
	{ "xvda snap-8", "", "/dev/xvda* snap-8 8 gp2 100/0 delete", 0,
	  "/dev/xvda" },
	{ "/dev/vda snap-8", "", "/dev/vda* snap-8 8 gp2 100/0 delete", 0,
	  "vda" },
	/* the root comes first, then the names */
	{ "sdb 1; xvdba 1; sda1 snap-8; sda 1; sdc 1", "sdf 1",
	  ROOT_PLAN "; /dev/sda - 1 gp2 100/0 keep"
		    "; /dev/sdb - 1 gp2 100/0 keep"
		    "; /dev/sdc - 1 gp2 100/0 keep"
		    "; /dev/sdf - 1 gp2 100/0 keep"
		    "; /dev/xvdba - 1 gp2 100/0 keep" },

	/* what the registry completed is not what somebody asked for */
	{ "sda1 snap-8 8 gp2 i100 delete", "", ROOT_PLAN },
	{ "sda1 snap-8 8 gp2 i100", "sda1 100",
	  "/dev/sda1* snap-8 100 gp2 300/0 delete" },
	{ "sda1 snap-8 8 gp3 i3000 t125", "sda1 9",
	  "/dev/sda1* snap-8 9 gp3 3000/125 delete" },
	{ ROOT "; sdb ephemeral0 keep; sdc none keep", "",
	  ROOT_PLAN "; /dev/sdb ephemeral0 50 delete" },
	{ ROOT "; sdb ami; sdc swap", "", ROOT_PLAN },

	/* the launch overrides field by field */
	{ ROOT, "sda1 20", "/dev/sda1* snap-8 20 gp2 100/0 delete" },
	{ ROOT, "/dev/sda1 gp3", "/dev/sda1* snap-8 8 gp3 3000/125 delete" },
	{ ROOT, "sda1 io1 i400", "/dev/sda1* snap-8 8 io1 400/0 delete" },
	{ ROOT, "sda1 keep", "/dev/sda1* snap-8 8 gp2 100/0 keep" },
	{ ROOT, "sda1 snap-8", ROOT_PLAN },
	{ ROOT, "sda1", ROOT_PLAN },
	{ "sda1 snap-8 keep", "sda1 9", "/dev/sda1* snap-8 9 gp2 100/0 keep" },
	{ "sda1 snap-8 gp3 i4000 t500", "sda1 10",
	  "/dev/sda1* snap-8 10 gp3 4000/500 delete" },
	{ "sda1 snap-8 gp3 i4000 t500", "sda1 gp3 i3500",
	  "/dev/sda1* snap-8 8 gp3 3500/500 delete" },
	/* what is said of encryption goes together */
	{ ROOT, "sda1 sealed", ROOT_PLAN " sealed" },
	{ ROOT, "sda1 sealed alias/a", ROOT_PLAN " sealed alias/a" },
	{ ROOT, "sda1 clear; sdf 1 alias/b",
	  ROOT_PLAN " clear; /dev/sdf - 1 gp2 100/0 keep alias/b" },
	{ ROOT, "sdf none sealed", "NoDevice and something else",
	  FAULT_BLOCK_DEVICE_MAPPING },
	/* … but numbers leave with the type, a size with its snapshot */
	{ "sda1 snap-8 gp3 i4000 t500", "sda1 gp2", ROOT_PLAN },
	{ "sda1 snap-8 io1 i100", "sda1 gp3",
	  "/dev/sda1* snap-8 8 gp3 3000/125 delete" },
	{ "sda1 snap-8 gp3 i4000", "sda1 io1", "iops must be specified",
	  FAULT_MISSING_PARAMETER },
	{ ROOT "; sdf snap-4 4", "sdf snap-6",
	  ROOT_PLAN "; /dev/sdf snap-6 6 gp2 100/0 keep" },
	{ ROOT "; sdf snap-4 4", "sdf snap-6 7",
	  ROOT_PLAN "; /dev/sdf snap-6 7 gp2 100/0 keep" },
	{ ROOT "; sdf 30", "sdf snap-6",
	  ROOT_PLAN "; /dev/sdf snap-6 30 gp2 100/0 keep" },
	{ ROOT "; sdf snap-4 delete", "sdf keep",
	  ROOT_PLAN "; /dev/sdf snap-4 4 gp2 100/0 keep" },

	/* new names are added, NoDevice takes away */
	{ ROOT, "sdf 10 gp3 delete; sdg snap-4",
	  ROOT_PLAN "; /dev/sdf - 10 gp3 3000/125 delete"
		    "; /dev/sdg snap-4 4 gp2 100/0 keep" },
	{ ROOT "; sdf 10; sdg 11", "sdf none",
	  ROOT_PLAN "; /dev/sdg - 11 gp2 100/0 keep" },
	{ ROOT "; sdf 10", "/dev/sdf none", ROOT_PLAN },
	{ ROOT, "sdf none", ROOT_PLAN },
	{ ROOT "; sdf none", "", ROOT_PLAN },
	{ ROOT "; sdf none", "sdf 3",
	  ROOT_PLAN "; /dev/sdf - 3 gp2 100/0 keep" },

	/* instance stores: the type of these tests has two of 50 GiB */
	{ ROOT, "sdb ephemeral0; sdc ephemeral1",
	  ROOT_PLAN "; /dev/sdb ephemeral0 50 delete"
		    "; /dev/sdc ephemeral1 50 delete" },
	{ ROOT "; sdb ephemeral0", "",
	  ROOT_PLAN "; /dev/sdb ephemeral0 50 delete" },
	{ ROOT, "sdb ephemeral2; sdc ephemeral23", ROOT_PLAN },
	{ ROOT, "sdb ephemeral2; sdc ephemeral2", ROOT_PLAN },
	{ ROOT "; sdb ephemeral0", "sdb none", ROOT_PLAN },
	{ ROOT "; sdb ephemeral0", "sdb ephemeral1",
	  ROOT_PLAN "; /dev/sdb ephemeral1 50 delete" },
	{ ROOT "; sdb ephemeral0", "sdb",
	  ROOT_PLAN "; /dev/sdb ephemeral0 50 delete" },
	{ ROOT "; sdb ephemeral0", "sdb 7",
	  ROOT_PLAN "; /dev/sdb - 7 gp2 100/0 keep" },
	{ ROOT "; sdb snap-4", "sdb ephemeral0",
	  ROOT_PLAN "; /dev/sdb ephemeral0 50 delete" },
	{ ROOT "; sdb ephemeral0", "sdb none; sdc ephemeral0",
	  ROOT_PLAN "; /dev/sdc ephemeral0 50 delete" },
	{ ROOT "; sdb ephemeral0", "sdc ephemeral0", "'ephemeral0' is used",
	  FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdb ephemeral24", "Invalid VirtualName 'ephemeral24'",
	  FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdb ephemeral", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdb ephemeral00", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdb ephemeral0x", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdb ephemeral100", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdb swap", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdb ephemeral0 10", "both a VirtualName and an EBS volume",
	  FAULT_BLOCK_DEVICE_MAPPING },
	/* NVMe ones appear whether they are mapped or not */
	{ ROOT, "",
	  ROOT_PLAN "; /dev/sdb ephemeral0 50 delete"
		    "; /dev/sdc ephemeral1 50 delete",
	  0, NULL, true },
	{ ROOT "; sdb 5", "sdf ephemeral1; sdg ephemeral2",
	  ROOT_PLAN "; /dev/sdb - 5 gp2 100/0 keep"
		    "; /dev/sdc ephemeral0 50 delete"
		    "; /dev/sdf ephemeral1 50 delete",
	  0, NULL, true },
	{ ROOT "; sdb ephemeral0", "sdb none",
	  ROOT_PLAN "; /dev/sdb ephemeral0 50 delete"
		    "; /dev/sdc ephemeral1 50 delete",
	  0, NULL, true },
	/* an image whose root is an instance store has no root volume here */
	{ "sdb ephemeral0", "sdf 5",
	  "/dev/sdb ephemeral0 50 delete; /dev/sdf - 5 gp2 100/0 keep", 0,
	  "-" },
	{ "", "", "", 0, "-" },

	/* the root can override size, type and DeleteOnTermination only */
	{ ROOT, "sda1 snap-9", "The snapshot of the root device '/dev/sda1'",
	  FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sda1 none", "neither suppressed", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sda1 ephemeral0", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ "sda1 10", "", "no snapshot for its root device '/dev/sda1'",
	  FAULT_BLOCK_DEVICE_MAPPING },
	{ "sda1 10", "sda1 snap-8", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ "sdf 10", "", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ "sdf 10", "sda1 snap-8", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ "sda1 none", "", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ "sda1 ephemeral0", "", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sda1 125 st1", "type st1 cannot be the root",
	  FAULT_INVALID_PARAMETER },
	{ ROOT, "sda1 125 sc1", "", FAULT_INVALID_PARAMETER },
	{ ROOT, "sdf 125 st1", ROOT_PLAN "; /dev/sdf - 125 st1 0/0 keep" },

	/* sizes */
	{ ROOT, "sda1 7",
	  "size 7GB is smaller than snapshot 'snap-8', expect size >= 8GB",
	  FAULT_BLOCK_DEVICE_MAPPING },
	{ "sda1 snap-8 7", "", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf snap-4 3", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf snap-4 -1", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf", "must contain the parameter size or snapshotId",
	  FAULT_MISSING_PARAMETER },
	{ ROOT, "sdf gp3", "", FAULT_MISSING_PARAMETER },
	{ ROOT, "sdf snap-0", "The snapshot 'snap-0' does not exist",
	  FAULT_SNAPSHOT_NOT_FOUND },
	{ ROOT, "sdf snap-0 10", "", FAULT_SNAPSHOT_NOT_FOUND },
	{ "sda1 snap-0", "", "", FAULT_SNAPSHOT_NOT_FOUND },

	/* what volume_check() says reaches the caller */
	{ ROOT, "sdf 10 gp9", "(gp9)", FAULT_INVALID_PARAMETER },
	{ ROOT, "sdf 10 st1", "too small", FAULT_INVALID_PARAMETER },
	{ ROOT, "sdf -1", "too small", FAULT_INVALID_PARAMETER },
	{ ROOT, "sdf 10 i200", "", FAULT_PARAMETER_COMBINATION },
	{ ROOT, "sda1 i200", "", FAULT_PARAMETER_COMBINATION },
	{ ROOT, "sdf 10 io1", "", FAULT_MISSING_PARAMETER },
	{ ROOT, "sdf 10 gp2 t200", "", FAULT_PARAMETER_COMBINATION },

	/* NoDevice stands alone */
	{ ROOT, "sdf none snap-4", "NoDevice and something else",
	  FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf none 4", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf none gp2", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf none i1", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf none t1", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf none keep", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf none ephemeral0", "", FAULT_BLOCK_DEVICE_MAPPING },

	/* a name occurs once in a list, however it is written */
	{ ROOT, "sdf 1; sdf 2",
	  "'/dev/sdf' is used in more than one block-device mapping",
	  FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf 1; /dev/sdf 2", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "sdf 1; sdg 1; sdf none", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT "; sdf 1; sdf 2", "", "", FAULT_BLOCK_DEVICE_MAPPING },
	{ ROOT, "- 10", "DeviceName", FAULT_MISSING_PARAMETER },
	{ ROOT, "", "nvme0n1", FAULT_BLOCK_DEVICE_MAPPING, "nvme0n1" },
};

static const char *const good_names[] = {
	"sdb",	 "sdz",	 "sdf1",     "sdf9",	  "sdf15",
	"xvdb",	 "xvdz", "xvdba",    "xvdbz",	  "xvdca",
	"xvdcz", "vdb",	 "/dev/sdp", "/dev/xvdf", "/dev/vdz",
};

static const char *const bad_names[] = {
	"/dev/",     "dev/sdf",	  "/sdf",	 "sd",		"sdaa",
	"sdf0",	     "sdf01",	  "sdf16",	 "sdf20",	"sdf1a",
	"sdf111",    "sdF",	  "SDF",	 "sd1",		"xvd",
	"xvdda",     "xvdaa",	  "xvdb1",	 "xvdbaa",	"vd",
	"vdb1",	     "vdaa",	  "hda",	 "nvme1n1",	"loop0",
	"/dev/sdf/", "/dev//sdf", "/dev/../sdf", "/etc/passwd", "sdf\n",
};

/* The words of one entry. */
static struct mapping read_entry(char *text)
{
	struct mapping m = { .delete_on_termination = -1 };
	char *rest;

	m.device = strtok_r(text, " ", &rest);
	if (m.device && strcmp(m.device, "-") == 0)
		m.device = NULL;
	for (char *word; (word = strtok_r(NULL, " ", &rest));) {
		if (strcmp(word, "keep") == 0 || strcmp(word, "delete") == 0)
			m.delete_on_termination = *word == 'd';
		else if (strcmp(word, "none") == 0)
			m.no_device = true;
		else if (strcmp(word, "sealed") == 0 ||
			 strcmp(word, "clear") == 0)
			m.encrypted = *word == 's' ? ENCRYPT_YES : ENCRYPT_NO;
		else if (strncmp(word, "alias/", 6) == 0)
			m.kms_key = word;
		else if (strncmp(word, "snap-", 5) == 0)
			m.snapshot = word;
		else if (strncmp(word, "ephemeral", 9) == 0 ||
			 strcmp(word, "ami") == 0 || strcmp(word, "swap") == 0)
			m.virtual_name = word;
		else if (isdigit((unsigned char)*word) || *word == '-')
			m.size = atoi(word);
		else if (*word == 'i' && isdigit((unsigned char)word[1]))
			m.iops = atoi(word + 1);
		else if (*word == 't')
			m.throughput = atoi(word + 1);
		else
			m.type = word;
	}
	return m;
}

static size_t read_mappings(char *text, struct mapping *list)
{
	size_t count = 0;
	char *rest;

	for (char *entry = strtok_r(text, ";", &rest); entry;
	     entry = strtok_r(NULL, ";", &rest))
		list[count++] = read_entry(entry);
	return count;
}

static void write_plan(struct buf *text, const struct planned_disk *disks,
		       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct planned_disk *disk = &disks[i];

		buf_printf(text, "%s%s%s", i ? "; " : "", disk->device,
			   disk->root ? "*" : "");
		if (disk->virtual_name)
			buf_printf(text, " %s %" PRId64, disk->virtual_name,
				   disk->size);
		else
			buf_printf(text,
				   " %s %" PRId64 " %s %" PRId64 "/%" PRId64,
				   disk->snapshot ? disk->snapshot : "-",
				   disk->size, disk->type, disk->iops,
				   disk->throughput);
		buf_str(text,
			disk->delete_on_termination ? " delete" : " keep");
		if (disk->encrypted)
			buf_str(text, disk->encrypted == ENCRYPT_YES ?
					      " sealed" :
					      " clear");
		if (disk->kms_key)
			buf_printf(text, " %s", disk->kms_key);
	}
}

static int64_t snapshot_size(void *data, const char *snapshot)
{
	assert(data == cases);
	return atoi(snapshot + 5);
}

/* Plans what two texts say; on success the plan's text is in ret_plan. */
static bool plan(const char *image_text, const char *launch_text,
		 const char *root, bool nvme, struct buf *ret_plan,
		 struct error *err)
{
	const struct instance_type type = { .name = "m3.large",
					    .stores = 2,
					    .store_gib = 50,
					    .store_nvme = nvme };
	auto_of(arena) arena = arena_new();
	char *texts[2] = { strdup(image_text), strdup(launch_text) };
	struct mapping image[32], launch[32];
	const struct planned_disk *disks = NULL;
	size_t count = 0;
	bool fine;

	assert(arena && texts[0] && texts[1]);
	fine = mapping_plan(image, read_mappings(texts[0], image), root, launch,
			    read_mappings(texts[1], launch), &type,
			    snapshot_size, (void *)(uintptr_t)cases, arena,
			    &disks, &count, err);
	/* the plan stands without what it was made from */
	free(texts[0]);
	free(texts[1]);
	memset(image, 0x5a, sizeof(image));
	memset(launch, 0x5a, sizeof(launch));
	assert(fine || (!disks && !count));
	write_plan(ret_plan, disks, count);
	return fine;
}

static void test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *root = cases[i].root ? cases[i].root : "/dev/sda1";
		struct error err = { 0 };
		auto_buf text = BUF_INIT;
		bool fine = plan(cases[i].image, cases[i].launch,
				 strcmp(root, "-") == 0 ? NULL : root,
				 cases[i].nvme, &text, &err);

		printf("[%s] + [%s]\n    = %s\n", cases[i].image,
		       cases[i].launch, fine ? buf_text(&text) : err.text);
		fflush(stdout);
		assert(err.fault == cases[i].fault);
		assert(fine == (cases[i].fault == FAULT_NONE));
		assert(fine ? strcmp(buf_text(&text), cases[i].want) == 0 :
			      strstr(err.text, cases[i].want) != NULL);
	}
}

static void test_names(void)
{
	for (size_t i = 0; i < sizeof(good_names) / sizeof(*good_names); i++) {
		struct error err = { 0 };
		auto_buf line = BUF_INIT, text = BUF_INIT;

		buf_printf(&line, "%s 10", good_names[i]);
		assert(plan(ROOT, buf_text(&line), "sda1", false, &text, &err));
		assert(strstr(buf_text(&text), "; /dev/"));
	}
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(*bad_names); i++) {
		struct error err = { 0 };
		auto_buf line = BUF_INIT, text = BUF_INIT;

		buf_printf(&line, "%s 10", bad_names[i]);
		printf("%s\n", bad_names[i]);
		fflush(stdout);
		assert(!plan(ROOT, buf_text(&line), "sda1", false, &text,
			     &err));
		assert(err.fault == FAULT_BLOCK_DEVICE_MAPPING);
		assert(strstr(err.text, bad_names[i]));
	}
}

/* An NVMe store without a name left for it. */
static void test_no_name(void)
{
	struct error err = { 0 };
	auto_buf line = BUF_INIT, text = BUF_INIT;

	for (char c = 'b'; c <= 'z'; c++)
		buf_printf(&line, "sd%c 1;", c);
	assert(!plan(ROOT, buf_text(&line), "sda1", true, &text, &err));
	assert(err.fault == FAULT_BLOCK_DEVICE_MAPPING);
}

int main(void)
{
	test_cases();
	test_no_name();
	test_names();
	return 0;
}
