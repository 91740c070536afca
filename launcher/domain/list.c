/* list.c - what libvirt's XML tells about machines: whose they are, and where
 * their console is */
#include <libxml/parser.h>
#include <string.h>

#include "launcher/domain/home.h"
#include "launcher/domain/machine.h"
#include "launcher/domain/proc.h"
#include "launcher/domain/xml.h"

xmlNodePtr xml_child(xmlNodePtr node, const char *name)
{
	for (xmlNodePtr c = node ? node->children : NULL; c; c = c->next)
		if (c->type == XML_ELEMENT_NODE &&
		    strcmp((const char *)c->name, name) == 0)
			return c;
	return NULL;
}

static xmlDocPtr parse(const char *text)
{
	return xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_OPTIONS);
}

/* The machine's id if our element says that it belongs to the store; caller
 * frees with xmlFree(). NULL for another store's. */
static xmlChar *own_id(xmlNodePtr element, const char *store)
{
	xmlChar *owner = element ? xmlGetProp(element, BAD_CAST "store") : NULL;
	xmlChar *id = NULL;

	if (owner && strcmp((char *)owner, store) == 0)
		id = xmlGetProp(element, BAD_CAST "id");
	xmlFree(owner);
	return id;
}

/* Who asked for the machines of a store. */
struct search {
	const char *store;
	machine_found_fn *found;
	void *data;
};

/* One domain of a daemon; false when the caller has had enough. */
static bool visit_domain(const struct search *search, virDomainPtr domain)
{
	char uuid[VIR_UUID_STRING_BUFLEN];
	auto_free char *text = virDomainGetMetadata(
		domain, VIR_DOMAIN_METADATA_ELEMENT, XML_NAMESPACE, 0);
	xmlDocPtr doc = text ? parse(text) : NULL;
	xmlChar *id = doc ? own_id(xmlDocGetRootElement(doc), search->store) :
			    NULL;
	bool more = true;

	if (id && virDomainGetUUIDString(domain, uuid) == 0)
		more = search->found(search->data, (char *)id, uuid);
	xmlFree(id);
	xmlFreeDoc(doc);
	return more;
}

/* One home of the embedded driver; likewise. */
static bool visit_home(void *data, xmlNodePtr status)
{
	const struct search *search = data;
	xmlNodePtr domain = xml_child(status, "domain");
	xmlNodePtr uuid = xml_child(domain, "uuid");
	xmlNodePtr metadata = xml_child(domain, "metadata");
	xmlChar *id = own_id(xml_child(metadata, XML_ELEMENT), search->store);
	xmlChar *pid = xmlGetProp(status, BAD_CAST "pid");
	xmlChar *text = uuid ? xmlNodeGetContent(uuid) : NULL;
	bool more = true;

	/* one that has ended waits to be cleaned up */
	if (id && pid && text && proc_is(atoi((char *)pid), (char *)text))
		more = search->found(search->data, (char *)id, (char *)text);
	xmlFree(id);
	xmlFree(pid);
	xmlFree(text);
	return more;
}

bool domain_machine_each(struct hypervisor *hypervisor, const char *store,
			 machine_found_fn *found, void *data, struct error *err)
{
	struct search search = { store, found, data };
	virDomainPtr *domains = NULL;
	bool more = true;
	int count;

	if (hypervisor->root) {
		homes_each(hypervisor->root, visit_home, &search);
		return true;
	}
	count = virConnectListAllDomains(hypervisor->connection, &domains,
					 VIR_CONNECT_LIST_DOMAINS_ACTIVE);
	if (count < 0)
		return fail_libvirt(err, "cannot list the machines");
	for (int i = 0; i < count; i++) {
		more = more && visit_domain(&search, domains[i]);
		virDomainFree(domains[i]);
	}
	free(domains);
	return true;
}

/* The live <domain>, in a document of its own or in the driver's status. */
static xmlDocPtr live_xml(struct hypervisor *hypervisor, const char *uuid)
{
	auto_free char *path = NULL;
	auto_free char *text = NULL;

	if (!proc_find(uuid))
		return NULL;
	if (hypervisor->root) {
		path = home_path(hypervisor->root, uuid);
		return path ? home_status(path) : NULL;
	}
	text = daemon_xml(hypervisor->connection, uuid);
	return text ? parse(text) : NULL;
}

bool domain_machine_console(struct hypervisor *hypervisor, const char *uuid,
			    char **ret_path, struct error *err)
{
	xmlDocPtr doc = live_xml(hypervisor, uuid);
	xmlNodePtr root = doc ? xmlDocGetRootElement(doc) : NULL;
	xmlNodePtr inner = xml_child(root, "domain");
	xmlNodePtr devices = xml_child(inner ? inner : root, "devices");
	xmlNodePtr source = xml_child(xml_child(devices, "serial"), "source");
	xmlChar *path = source ? xmlGetProp(source, BAD_CAST "path") : NULL;
	char *copy = path ? strdup((char *)path) : NULL;

	xmlFree(path);
	xmlFreeDoc(doc);
	if (!copy)
		return fail(err, FAULT_INSTANCE_STATE,
			    "the machine has no console: it is not running");
	*ret_path = copy;
	return true;
}
