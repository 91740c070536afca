/* heal.c - curing libvirt of an old view
 *
 * Two disagreements can be cured, because one thing only can have led to each:
 * QEMU has the chain that libvirt knows with one file more on top (a pivot), or
 * without some below the head, and no job that still takes them out (a chain
 * was shortened). The status file gets what libvirt would have written, all
 * disks or none; whoever wakes up with it compares the views as always.
 * (libvirtd keeps its own files while it runs, so its view cannot be cured from
 * outside.)
 */
#include "launcher/domain/heal.h"

#include <stdio.h>
#include <string.h>

#include "images/base/file.h"
#include "images/base/log.h"
#include "launcher/domain/home.h"
#include "launcher/domain/xml.h"

static unsigned long node_number(const char *name)
{
	return strncmp(name, "libvirt-", 8) == 0 ? strtoul(name + 8, NULL, 10) :
						   0;
}

static void set_number(xmlNodePtr element, const char *name,
		       unsigned long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu", number);
	xmlSetProp(element, BAD_CAST name, BAD_CAST text);
}

static xmlNodePtr new_element(const char *name)
{
	return xmlNewNode(NULL, BAD_CAST name);
}

static void add_name(xmlNodePtr names, const char *type, const char *name)
{
	xmlNodePtr node = xmlNewChild(names, NULL, BAD_CAST "nodename", NULL);

	xmlNewProp(node, BAD_CAST "type", BAD_CAST type);
	xmlNewProp(node, BAD_CAST "name", BAD_CAST name);
}

/* What libvirt has to take away from QEMU together with an encrypted file. */
static void add_secret(xmlNodePtr data, const struct view_file *file)
{
	xmlNodePtr objects = xmlNewChild(data, NULL, BAD_CAST "objects", NULL);
	xmlNodePtr secret = xmlNewChild(objects, NULL, BAD_CAST "secret", NULL);
	auto_free char *alias =
		format_text("%s-encryption-secret0", file->node);

	xmlNewProp(secret, BAD_CAST "type", BAD_CAST "encryption");
	xmlNewProp(secret, BAD_CAST "alias", BAD_CAST alias);
}

/* The <source> of a file that QEMU has; it is encrypted if that of the file
 * that it stands on is. */
static xmlNodePtr new_source(const struct view_file *file, xmlNodePtr below)
{
	xmlNodePtr source = new_element("source");
	xmlNodePtr encryption = xml_child(below, "encryption");
	xmlNodePtr data, names;

	xmlNewProp(source, BAD_CAST "file", BAD_CAST file->path);
	set_number(source, "index", node_number(file->node));
	if (encryption)
		xmlAddChild(source, xmlCopyNode(encryption, 1));
	data = xmlNewChild(source, NULL, BAD_CAST "privateData", NULL);
	names = xmlNewChild(data, NULL, BAD_CAST "nodenames", NULL);
	add_name(names, "storage", file->storage);
	add_name(names, "format", file->node);
	if (encryption)
		add_secret(data, file);
	return source;
}

/* Puts a file on top of a <disk>: what was its <source> and <backingStore>
 * becomes its backing store. */
static void put_on_top(xmlNodePtr disk, const struct view_file *file)
{
	xmlNodePtr driver = xml_child(disk, "driver");
	xmlNodePtr source = xml_child(disk, "source");
	xmlNodePtr below = xml_child(disk, "backingStore");
	xmlNodePtr store = new_element("backingStore");
	xmlNodePtr format = new_element("format");
	xmlChar *type = xmlGetProp(driver, BAD_CAST "type");
	xmlChar *index = xmlGetProp(source, BAD_CAST "index");

	xmlNewProp(store, BAD_CAST "type", BAD_CAST "file");
	if (index)
		xmlNewProp(store, BAD_CAST "index", index);
	xmlNewProp(format, BAD_CAST "type", type);
	xmlAddChild(store, format);
	xmlReplaceNode(source, new_source(file, source));
	xmlUnsetProp(source, BAD_CAST "index");
	xmlAddChild(store, source);
	if (below)
		xmlReplaceNode(below, store);
	else
		xmlAddNextSibling(xml_child(disk, "source"), store);
	xmlAddChild(store, below ? below : new_element("backingStore"));
	xmlSetProp(driver, BAD_CAST "type", BAD_CAST file->format);
	xmlFree(type);
	xmlFree(index);
}

/* Whether QEMU's chain is libvirt's with one file more on top. */
static bool has_moved_on(const struct view_disk *qemu,
			 const struct view_disk *libvirt)
{
	if (qemu->count != libvirt->count + 1)
		return false;
	for (size_t i = 0; i < libvirt->count; i++)
		if (strcmp(qemu->files[i + 1].path, libvirt->files[i].path) !=
		    0)
			return false;
	return strcmp(qemu->files[0].format, "qcow2") == 0;
}

static bool same_file(const struct view_file *a, const struct view_file *b)
{
	return strcmp(a->path, b->path) == 0;
}

/* Whether QEMU's chain is libvirt's without some files between its ends. */
static bool has_shrunk(const struct view_disk *qemu,
		       const struct view_disk *libvirt)
{
	size_t found = 0;

	if (!qemu->count || qemu->count >= libvirt->count ||
	    !same_file(&qemu->files[0], &libvirt->files[0]) ||
	    !same_file(&qemu->files[qemu->count - 1],
		       &libvirt->files[libvirt->count - 1]))
		return false;
	for (size_t i = 0; i < libvirt->count && found < qemu->count; i++)
		found += same_file(&qemu->files[found], &libvirt->files[i]);
	return found == qemu->count;
}

/* Takes the files out of a <disk> that QEMU does not have below its head. */
static void take_out(xmlNodePtr disk, const struct view_disk *qemu)
{
	xmlNodePtr above = disk, store, below;
	size_t at = 1;

	while ((store = xml_child(above, "backingStore")) &&
	       (below = xml_child(store, "backingStore"))) {
		xmlNodePtr source = xml_child(store, "source");
		xmlChar *file = source ? xmlGetProp(source, BAD_CAST "file") :
					 NULL;
		bool stays = file && at < qemu->count &&
			     strcmp((char *)file, qemu->files[at].path) == 0;

		xmlFree(file);
		if (stays) {
			above = store;
			at++;
			continue;
		}
		xmlUnlinkNode(below);
		xmlFreeNode(xmlReplaceNode(store, below));
	}
}

/* Changes the document; false if it does not differ in one of these ways. */
static bool correct(xmlNodePtr status, const struct view *qemu, bool working,
		    const struct view *libvirt)
{
	xmlNodePtr devices = xml_child(xml_child(status, "domain"), "devices");
	xmlNodePtr counter = xml_child(status, "nodename");
	unsigned long most = 0;
	size_t number = 0;

	if (!counter)
		return false;
	for (xmlNodePtr c = devices->children; c; c = c->next) {
		const struct view_disk *known, *disk;

		if (c->type != XML_ELEMENT_NODE ||
		    strcmp((const char *)c->name, "disk") != 0)
			continue;
		known = &libvirt->disks[number++];
		disk = known->serial ? view_find(qemu, known->serial) : NULL;
		if (known->serial && !disk)
			return false;
		if (disk && has_moved_on(disk, known))
			put_on_top(c, &disk->files[0]);
		else if (disk && !working && has_shrunk(disk, known))
			take_out(c, disk);
	}
	for (size_t i = 0; i < qemu->count; i++)
		for (size_t j = 0; j < qemu->disks[i].count; j++) {
			unsigned long n =
				node_number(qemu->disks[i].files[j].node);

			most = n > most ? n : most;
		}
	set_number(counter, "index", most);
	return true;
}

/* Whether the document now says what QEMU says. */
static bool is_corrected(xmlNodePtr status, const struct view *qemu,
			 struct arena *arena)
{
	struct error ignored = { FAULT_NONE };
	struct view libvirt;

	return view_libvirt(xml_child(status, "domain"), arena, &libvirt,
			    &ignored) &&
	       view_agree(qemu, &libvirt);
}

static bool write_status(const char *home, xmlDocPtr doc, struct error *err)
{
	auto_free char *path = home_status_path(home);
	xmlChar *text = NULL;
	bool written = false;
	int size = 0;

	xmlDocDumpMemory(doc, &text, &size);
	if (path && text)
		written = file_write(path, text, (size_t)size, 0600, err);
	else
		fail_memory(err);
	xmlFree(text);
	return written;
}

bool heal(const char *home, const struct view *qemu, bool working,
	  struct error *err)
{
	auto_of(arena) arena = arena_new();
	xmlDocPtr doc = home_status(home);
	xmlNodePtr status = doc ? xmlDocGetRootElement(doc) : NULL;
	struct view libvirt;
	bool ok = true;

	if (!arena)
		ok = fail_memory(err);
	else if (status)
		ok = view_libvirt(xml_child(status, "domain"), arena, &libvirt,
				  err);
	if (ok && status && !view_agree(qemu, &libvirt) &&
	    correct(status, qemu, working, &libvirt) &&
	    is_corrected(status, qemu, arena)) {
		log_info("%s: libvirt is told what QEMU has done", home);
		ok = write_status(home, doc, err);
	}
	xmlFreeDoc(doc);
	return ok;
}
