/* pivot.c - moving a running domain's disks on to new overlays */
#include <libxml/tree.h>
#include <string.h>

#include "launcher/domain/live.h"

/* Nothing of it is kept by libvirt, and the overlays are ready. */
#define SNAPSHOT_FLAGS                          \
	(VIR_DOMAIN_SNAPSHOT_CREATE_DISK_ONLY | \
	 VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |    \
	 VIR_DOMAIN_SNAPSHOT_CREATE_REUSE_EXT | \
	 VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA)

static const struct machine_pivot *find(const struct change *change,
					const char *serial)
{
	for (size_t i = 0; serial && i < change->pivot_count; i++)
		if (strcmp(change->pivots[i].serial, serial) == 0)
			return &change->pivots[i];
	return NULL;
}

static void add_disk(xmlNodePtr disks, const struct view_disk *disk,
		     const struct machine_pivot *pivot)
{
	xmlNodePtr node = xmlNewChild(disks, NULL, BAD_CAST "disk", NULL);
	xmlNodePtr driver, source, encryption, secret;

	xmlNewProp(node, BAD_CAST "name", BAD_CAST disk->device);
	/* one that is not named would be moved on as well */
	if (!pivot) {
		xmlNewProp(node, BAD_CAST "snapshot", BAD_CAST "no");
		return;
	}
	xmlNewProp(node, BAD_CAST "snapshot", BAD_CAST "external");
	driver = xmlNewChild(node, NULL, BAD_CAST "driver", NULL);
	xmlNewProp(driver, BAD_CAST "type", BAD_CAST "qcow2");
	source = xmlNewChild(node, NULL, BAD_CAST "source", NULL);
	xmlNewProp(source, BAD_CAST "file", BAD_CAST pivot->file);
	if (!pivot->secret)
		return;
	encryption = xmlNewChild(source, NULL, BAD_CAST "encryption", NULL);
	xmlNewProp(encryption, BAD_CAST "format", BAD_CAST "luks");
	secret = xmlNewChild(encryption, NULL, BAD_CAST "secret", NULL);
	xmlNewProp(secret, BAD_CAST "type", BAD_CAST "passphrase");
	xmlNewProp(secret, BAD_CAST "uuid", BAD_CAST pivot->secret->uuid);
}

/* The <domainsnapshot>; caller frees with xmlFree(). NULL when memory ran
 * out. */
static xmlChar *write_snapshot(const struct live *live,
			       const struct change *change)
{
	xmlDocPtr doc = xmlNewDoc(BAD_CAST "1.0");
	xmlNodePtr root = xmlNewNode(NULL, BAD_CAST "domainsnapshot");
	xmlNodePtr disks;
	xmlChar *text = NULL;
	int size = 0;

	xmlDocSetRootElement(doc, root);
	disks = xmlNewChild(root, NULL, BAD_CAST "disks", NULL);
	for (size_t i = 0; i < live->libvirt.count; i++) {
		const struct view_disk *disk = &live->libvirt.disks[i];

		add_disk(disks, disk, find(change, disk->serial));
	}
	xmlDocDumpMemory(doc, &text, &size);
	xmlFreeDoc(doc);
	return text;
}

/* How many disks write to their overlay. */
static size_t count_moved(const struct live *live, const struct change *change)
{
	size_t count = 0;

	for (size_t i = 0; i < change->pivot_count; i++) {
		const struct machine_pivot *pivot = &change->pivots[i];
		const struct view_disk *disk =
			view_find(&live->qemu, pivot->serial);

		count += disk && disk->count &&
			 strcmp(disk->files[0].path, pivot->file) == 0;
	}
	return count;
}

static bool create(const struct live *live, const struct change *change)
{
	xmlChar *text = write_snapshot(live, change);
	virDomainSnapshotPtr snapshot =
		text ? virDomainSnapshotCreateXML(live->domain, (char *)text,
						  SNAPSHOT_FLAGS) :
		       NULL;

	xmlFree(text);
	if (snapshot)
		virDomainSnapshotFree(snapshot);
	return snapshot;
}

/* The disks move on, while the guest's filesystems are frozen if that can be
 * had; *ret_thawed as domain.h says, on failure, too. */
static bool move_on(struct live *live, const struct change *change,
		    bool *ret_thawed, struct error *err)
{
	bool doubtful = false;
	bool frozen = change->quiesce && live->agent &&
		      agent_freeze(live->domain, &doubtful);
	bool moved = create(live, change) ||
		     fail_libvirt(err, "cannot move the disks on");

	*ret_thawed = frozen ? agent_thaw(live->domain) : !doubtful;
	return moved;
}

bool live_pivot(struct live *live, const struct change *change, bool *ret_done,
		struct error *err)
{
	const struct view_disk *unused;

	for (size_t i = 0; i < change->pivot_count; i++)
		if (!live_find(live, change->pivots[i].serial, &unused, &unused,
			       err))
			return false;
	if (!move_on(live, change, ret_done, err) ||
	    !live_look(live, false, err))
		return false;
	return count_moved(live, change) == change->pivot_count ||
	       fail(err, FAULT_INTERNAL,
		    "QEMU does not write to the new files");
}
