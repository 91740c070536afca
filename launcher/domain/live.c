/* live.c - changing the disks of a running domain: before, after, and which */
#include "launcher/domain/live.h"

#include <libxml/parser.h>
#include <string.h>

#include "images/base/clock.h"
#include "images/base/log.h"
#include "launcher/domain/xml.h"

/* For libvirt to notice what QEMU has told it. */
#define AGREE_USEC (3 * USEC_PER_SEC)
#define LOOK_USEC 5000

/* Whether the channel of the guest agent has somebody at its other end. */
static bool has_agent(xmlNodePtr domain)
{
	xmlNodePtr devices = xml_child(domain, "devices");
	bool found = false;

	for (xmlNodePtr c = devices ? devices->children : NULL; c && !found;
	     c = c->next) {
		xmlNodePtr target = xml_child(c, "target");
		xmlChar *name, *state;

		if (!target || strcmp((const char *)c->name, "channel") != 0)
			continue;
		name = xmlGetProp(target, BAD_CAST "name");
		state = xmlGetProp(target, BAD_CAST "state");
		found = name && state && strcmp((char *)name, XML_AGENT) == 0 &&
			strcmp((char *)state, "connected") == 0;
		xmlFree(name);
		xmlFree(state);
	}
	return found;
}

/* What libvirt says about the domain; the caller frees. */
static xmlDocPtr describe(const struct live *live, struct error *err)
{
	auto_free char *text = virDomainGetXMLDesc(live->domain, 0);
	xmlDocPtr doc;

	if (!text)
		return fail_libvirt(err, "cannot look at the machine"), NULL;
	doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_OPTIONS);
	if (!doc)
		fail(err, FAULT_INTERNAL, "libvirt's XML is broken");
	return doc;
}

bool live_agent(struct live *live, struct error *err)
{
	xmlDocPtr doc = describe(live, err);

	if (!doc)
		return false;
	live->agent = has_agent(xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return true;
}

bool live_look(struct live *live, bool deep, struct error *err)
{
	const struct view before = live->qemu;
	xmlDocPtr doc = describe(live, err);
	bool ok;

	if (!doc)
		return false;
	ok = view_libvirt(xmlDocGetRootElement(doc), live->arena,
			  &live->libvirt, err);
	live->agent = has_agent(xmlDocGetRootElement(doc));
	xmlFreeDoc(doc);
	return ok && view_qemu(&live->monitor, deep ? NULL : &live->libvirt,
			       &before, live->arena, &live->qemu, err);
}

/* A libvirt that is just waking up answers this when it is awake. */
static bool await_libvirt(const struct live *live, struct error *err)
{
	auto_json *reply =
		monitor_ask(&live->monitor, "query-status", NULL, err);

	return reply;
}

bool live_agree(struct live *live, struct error *err)
{
	usec_t end = clock_monotonic() + AGREE_USEC;

	for (;;) {
		bool looked = live_look(live, false, err);

		if (looked && view_agree(&live->qemu, &live->libvirt))
			return true;
		if (!looked && err->fault != FAULT_UNAVAILABLE)
			return false;
		if (clock_monotonic() > end)
			break;
		error_clear(err);
		usleep(LOOK_USEC);
	}
	return err->fault ? false :
			    fail(err, FAULT_INCORRECT_STATE,
				 "libvirt and QEMU disagree about the "
				 "machine's disks; stop and start it");
}

static bool find_strays(struct live *live, struct error *err)
{
	return view_strays(&live->monitor, &live->qemu, live->arena,
			   &live->strays, &live->stray_count, err);
}

/* Takes the keys away that belong to no disk's file: libvirt would trip over
 * one whose name it uses again. */
static bool sweep_keys(const struct live *live, struct error *err)
{
	const char *const *keys;
	size_t count;

	if (!view_stray_keys(&live->monitor, &live->qemu, live->arena, &keys,
			     &count, err))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct error why = { FAULT_NONE };
		auto_json *reply =
			monitor_ask(&live->monitor, "object-del",
				    json_pack("{s:s}", "id", keys[i]), &why);

		log_debug("%s: %s", keys[i], reply ? "gone" : why.text);
	}
	return true;
}

/* The same for files. */
static bool sweep_files(struct live *live, struct error *err)
{
	if (!find_strays(live, err))
		return false;
	if (!live->stray_count)
		return true;
	for (size_t i = 0; i < live->stray_count; i++) {
		const char *node = live->strays[i];
		struct error why = { FAULT_NONE };
		auto_json *reply = monitor_ask(
			&live->monitor, "blockdev-del",
			json_pack("{s:s}", "node-name", node), &why);

		/* one that is used after all, QEMU keeps */
		log_debug("%s: %s", node, reply ? "closed" : why.text);
	}
	return live_look(live, false, err) && find_strays(live, err);
}

bool live_sweep(struct live *live, struct error *err)
{
	return sweep_files(live, err) && sweep_keys(live, err);
}

bool live_find(const struct live *live, const char *serial,
	       const struct view_disk **ret_qemu,
	       const struct view_disk **ret_libvirt, struct error *err)
{
	const struct view_disk *qemu = view_find(&live->qemu, serial);
	const struct view_disk *libvirt = view_find(&live->libvirt, serial);

	if (!qemu || !libvirt)
		return fail(err, FAULT_INCORRECT_STATE,
			    "the machine has no disk %s", serial);
	*ret_qemu = qemu;
	*ret_libvirt = libvirt;
	return true;
}

static bool do_nothing(struct live *live, const struct change *change,
		       bool *ret_done, struct error *err)
{
	(void)live;
	(void)change;
	(void)err;
	*ret_done = true;
	return true;
}

bool change_do(virDomainPtr domain, const struct change *change, bool woken,
	       bool *ret_done, struct error *err)
{
	static bool (*const changes[CHANGE_KINDS])(
		struct live * live, const struct change *change, bool *ret_done,
		struct error *err) = {
		[CHANGE_NOTHING] = do_nothing,
		[CHANGE_PIVOT] = live_pivot,
		[CHANGE_THAW] = live_thaw,
		[CHANGE_ATTACH] = live_attach,
		[CHANGE_DETACH] = live_detach,
		[CHANGE_THROTTLE] = live_throttle,
		[CHANGE_RESIZE] = live_resize,
		[CHANGE_SHORTEN] = live_shorten,
		[CHANGE_CEASE] = live_cease,
	};
	auto_of(arena) arena = arena_new();
	struct live live = {
		.domain = domain,
		.monitor = { .domain = domain },
		.arena = arena,
	};

	if (!arena)
		return fail_memory(err);
	if (woken && !await_libvirt(&live, err))
		return false;
	/* a guest must not stay frozen because libvirt has lost track */
	if (change->kind == CHANGE_THAW)
		return live_thaw(&live, change, ret_done, err);
	return live_agree(&live, err) && live_sweep(&live, err) &&
	       changes[change->kind](&live, change, ret_done, err);
}
