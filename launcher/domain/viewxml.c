/* viewxml.c - what a machine's disks consist of, as libvirt's XML has it, and
 * whether QEMU agrees
 *
 * libvirt numbers a chain's files, and QEMU's nodes have names made of those
 * numbers: so its XML says which file each node is, and nobody has to ask.
 */
#include "launcher/domain/view.h"

#include <string.h>

#include "launcher/domain/xml.h"

/* An attribute of a child, in the arena; NULL without. */
static const char *child_attribute(xmlNodePtr node, const char *child,
				   const char *name, struct arena *arena)
{
	xmlNodePtr element = node ? xml_child(node, child) : NULL;
	xmlChar *value = element ? xmlGetProp(element, BAD_CAST name) : NULL;
	const char *copy = arena_str(arena, (const char *)value);

	xmlFree(value);
	return copy;
}

/* The name that libvirt gives to the format's node of a file: its number is
 * the <source>'s for the top, the <backingStore>'s for those below. */
static const char *node_name(xmlNodePtr element, struct arena *arena)
{
	xmlChar *index = element ? xmlGetProp(element, BAD_CAST "index") : NULL;
	const char *name = index ? arena_format(arena, "libvirt-%s-format",
						(char *)index) :
				   NULL;

	xmlFree(index);
	return name;
}

/* The file that a <disk> or <backingStore> is on; false if it is on none. */
static bool read_file(xmlNodePtr node, bool top, struct arena *arena,
		      struct view_file *ret_file)
{
	const char *path = child_attribute(node, "source", "file", arena);

	if (!path)
		path = child_attribute(xml_child(node, "source"), "host",
				       "socket", arena);
	/* an empty <backingStore/> ends the chain */
	if (!path)
		return false;
	*ret_file = (struct view_file){
		.path = path,
		.format = child_attribute(node, top ? "driver" : "format",
					  "type", arena),
		.node = node_name(top ? xml_child(node, "source") : node,
				  arena),
	};
	return true;
}

static bool read_disk(xmlNodePtr node, struct arena *arena,
		      struct view_disk *ret_disk, struct error *err)
{
	xmlNodePtr serial = xml_child(node, "serial");
	xmlChar *text = serial ? xmlNodeGetContent(serial) : NULL;
	struct view_disk disk = { 0 };
	struct view_file file;

	disk.serial = arena_str(arena, (const char *)text);
	xmlFree(text);
	disk.device = child_attribute(node, "target", "dev", arena);
	if (!disk.device)
		return fail_memory(err);
	while (node && read_file(node, !disk.count, arena, &file)) {
		disk.files = arena_more(arena, disk.files, disk.count,
					sizeof(*disk.files));
		if (!disk.files)
			return fail_memory(err);
		disk.files[disk.count++] = file;
		node = xml_child(node, "backingStore");
	}
	*ret_disk = disk;
	return true;
}

bool view_libvirt(xmlNodePtr domain, struct arena *arena, struct view *ret_view,
		  struct error *err)
{
	xmlNodePtr devices = xml_child(domain, "devices");
	struct view view = { 0 };

	for (xmlNodePtr c = devices ? devices->children : NULL; c;
	     c = c->next) {
		if (c->type != XML_ELEMENT_NODE ||
		    strcmp((const char *)c->name, "disk") != 0)
			continue;
		view.disks = arena_more(arena, view.disks, view.count,
					sizeof(*view.disks));
		if (!view.disks)
			return fail_memory(err);
		if (!read_disk(c, arena, &view.disks[view.count++], err))
			return false;
	}
	*ret_view = view;
	return true;
}

const struct view_disk *view_find(const struct view *view, const char *serial)
{
	for (size_t i = 0; i < view->count; i++)
		if (view->disks[i].serial &&
		    strcmp(view->disks[i].serial, serial) == 0)
			return &view->disks[i];
	return NULL;
}

static bool same_files(const struct view_disk *a, const struct view_disk *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->files[i].path, b->files[i].path) != 0)
			return false;
	return true;
}

static size_t count_ours(const struct view *view)
{
	size_t count = 0;

	for (size_t i = 0; i < view->count; i++)
		count += view->disks[i].serial != NULL;
	return count;
}

bool view_agree(const struct view *qemu, const struct view *libvirt)
{
	if (count_ours(qemu) != count_ours(libvirt))
		return false;
	for (size_t i = 0; i < qemu->count; i++) {
		const struct view_disk *disk = &qemu->disks[i];
		const struct view_disk *other =
			disk->serial ? view_find(libvirt, disk->serial) : disk;

		if (!other || !same_files(disk, other))
			return false;
	}
	return true;
}
