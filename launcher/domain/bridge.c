/* bridge.c - networks and filters, by libvirt's system daemon
 *
 * What is there is always looked at before it is made or removed: libvirt calls
 * both doing it twice and not having it to do an error, and kills leave either.
 */
#include "launcher/domain/bridge.h"

#include <libxml/parser.h>
#include <string.h>

#include "launcher/domain/bridgexml.h"
#include "launcher/domain/connect.h"
#include "launcher/domain/ops.h"
#include "launcher/domain/xml.h"

static void auto_network_(virNetworkPtr *network)
{
	if (*network)
		virNetworkFree(*network);
}
#define auto_network __attribute__((cleanup(auto_network_))) virNetworkPtr

static void auto_filter_(virNWFilterPtr *filter)
{
	if (*filter)
		virNWFilterFree(*filter);
}
#define auto_filter __attribute__((cleanup(auto_filter_))) virNWFilterPtr

static bool check_system(const struct hypervisor *hypervisor, struct error *err)
{
	auto_free char *uri = hypervisor->connection ?
				      virConnectGetURI(hypervisor->connection) :
				      NULL;

	return (uri && strcmp(uri, BRIDGE_URI) == 0) ||
	       fail(err, FAULT_UNSUPPORTED,
		    "a bridge is made by " BRIDGE_URI " only");
}

/* A libvirt that answers but cannot is the host's fault. */
static bool fail_host(struct error *err, const char *what)
{
	fail_libvirt(err, what);
	if (strstr(err->text, "already in use by interface"))
		err->fault = FAULT_UNAVAILABLE;
	else if (err->fault == FAULT_INTERNAL)
		err->fault = FAULT_HOST;
	return false;
}

/* *ret_filter is NULL when there is none. */
static bool find_filter(struct hypervisor *hypervisor, const char *name,
			virNWFilterPtr *ret_filter, struct error *err)
{
	*ret_filter = virNWFilterLookupByName(hypervisor->connection, name);
	return *ret_filter || virGetLastErrorCode() == VIR_ERR_NO_NWFILTER ||
	       fail_host(err, "cannot look for the machine's filter");
}

static bool find_network(struct hypervisor *hypervisor,
			 const struct bridge *bridge,
			 virNetworkPtr *ret_network, struct error *err)
{
	*ret_network =
		virNetworkLookupByName(hypervisor->connection, bridge->name);
	return *ret_network || virGetLastErrorCode() == VIR_ERR_NO_NETWORK ||
	       fail_host(err, "cannot look for the bridge's network");
}

static bool define_filter(struct hypervisor *hypervisor,
			  const struct bridge *bridge,
			  const struct bridge_port *port, struct error *err)
{
	auto_buf xml = BUF_INIT;
	auto_filter filter = NULL;

	if (!bridgexml_filter(bridge, port, &xml, err))
		return false;
	filter = virNWFilterDefineXML(hypervisor->connection, buf_text(&xml));
	return filter || fail_host(err, "cannot define the machine's filter");
}

/* A list of the network's: where it is in the XML, and how an entry is told. */
struct section {
	int number;
	const char *outer; /* NULL: none */
	const char *inner;
	const char *key; /* an attribute, or the name of a child */
};
static const struct section hosts = { VIR_NETWORK_SECTION_IP_DHCP_HOST, "ip",
				      "dhcp", "name" };
static const struct section names = { VIR_NETWORK_SECTION_DNS_HOST, NULL, "dns",
				      "hostname" };

static bool is_entry(xmlNodePtr node, const char *key, const char *value)
{
	xmlNodePtr child = xml_child(node, key);
	xmlChar *found = child ? xmlNodeGetContent(child) :
				 xmlGetProp(node, BAD_CAST key);
	bool same = found && strcmp((char *)found, value) == 0;

	xmlFree(found);
	return same;
}

/* Whether a list of the network's has an entry. */
static bool has_entry(virNetworkPtr network, const struct section *section,
		      const char *value)
{
	auto_free char *text = virNetworkGetXMLDesc(network, 0);
	xmlDocPtr doc = text ? xmlReadMemory(text, (int)strlen(text), NULL,
					     NULL, XML_OPTIONS) :
			       NULL;
	xmlNodePtr node = doc ? xmlDocGetRootElement(doc) : NULL;
	bool found = false;

	if (section->outer)
		node = xml_child(node, section->outer);
	node = xml_child(node, section->inner);
	for (xmlNodePtr c = node ? node->children : NULL; c; c = c->next)
		found = found || is_entry(c, section->key, value);
	xmlFreeDoc(doc);
	return found;
}

/* A transient network has no configuration but that of its life. */
static bool update(virNetworkPtr network, const struct section *section,
		   int command, const char *xml, struct error *err)
{
	return virNetworkUpdate(network, command, section->number, -1, xml,
				VIR_NETWORK_UPDATE_AFFECT_LIVE) == 0 ||
	       fail_host(err, "cannot change the bridge's network");
}

static bool reserve(virNetworkPtr network, const struct bridge *bridge,
		    const struct bridge_port *port, struct error *err)
{
	auto_free char *name = format_text("%s.%s", port->id, bridge->domain);
	auto_buf host_xml = BUF_INIT, name_xml = BUF_INIT;

	if (!name)
		return fail_memory(err);
	if (!bridgexml_host(port, &host_xml, err) ||
	    !bridgexml_name(bridge, port, &name_xml, err))
		return false;
	return (has_entry(network, &hosts, port->id) ||
		update(network, &hosts, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST,
		       buf_text(&host_xml), err)) &&
	       (has_entry(network, &names, name) ||
		update(network, &names, VIR_NETWORK_UPDATE_COMMAND_ADD_LAST,
		       buf_text(&name_xml), err));
}

static bool make_network(struct hypervisor *hypervisor,
			 const struct bridge *bridge,
			 const struct bridge_port *port, struct error *err)
{
	auto_network network = NULL;
	auto_buf xml = BUF_INIT;

	if (!bridgexml_network(bridge, port, &xml, err))
		return false;
	network = virNetworkCreateXML(hypervisor->connection, buf_text(&xml));
	return network || fail_host(err, "cannot make the bridge's network");
}

bool domain_bridge_join(struct hypervisor *hypervisor,
			const struct bridge *bridge,
			const struct bridge_port *port, struct error *err)
{
	auto_network network = NULL;

	if (!check_system(hypervisor, err) ||
	    !define_filter(hypervisor, bridge, port, err) ||
	    !find_network(hypervisor, bridge, &network, err))
		return false;
	return network ? reserve(network, bridge, port, err) :
			 make_network(hypervisor, bridge, port, err);
}

bool domain_bridge_change(struct hypervisor *hypervisor,
			  const struct bridge *bridge,
			  const struct bridge_port *port, struct error *err)
{
	auto_free char *name = bridge_filter_name(bridge, port->id);
	auto_filter filter = NULL;

	if (!name)
		return fail_memory(err);
	if (!check_system(hypervisor, err) ||
	    !find_filter(hypervisor, name, &filter, err))
		return false;
	return !filter || define_filter(hypervisor, bridge, port, err);
}

static bool release(virNetworkPtr network, const struct bridge *bridge,
		    const char *id, struct error *err)
{
	auto_free char *name = format_text("%s.%s", id, bridge->domain);
	auto_free char *host_xml = format_text("<host name='%s'/>", id);
	auto_free char *name_xml = format_text(
		"<host><hostname>%s.%s</hostname></host>", id, bridge->domain);

	if (!name || !host_xml || !name_xml)
		return fail_memory(err);
	return (!has_entry(network, &hosts, id) ||
		update(network, &hosts, VIR_NETWORK_UPDATE_COMMAND_DELETE,
		       host_xml, err)) &&
	       (!has_entry(network, &names, name) ||
		update(network, &names, VIR_NETWORK_UPDATE_COMMAND_DELETE,
		       name_xml, err));
}

bool domain_bridge_leave(struct hypervisor *hypervisor,
			 const struct bridge *bridge, const char *id,
			 struct error *err)
{
	auto_free char *name = bridge_filter_name(bridge, id);
	auto_network network = NULL;
	auto_filter filter = NULL;

	if (!name)
		return fail_memory(err);
	if (!check_system(hypervisor, err) ||
	    !find_network(hypervisor, bridge, &network, err) ||
	    (network && !release(network, bridge, id, err)) ||
	    !find_filter(hypervisor, name, &filter, err))
		return false;
	return !filter || virNWFilterUndefine(filter) == 0 ||
	       fail_host(err, "cannot remove the machine's filter");
}

bool domain_bridge_each(struct hypervisor *hypervisor,
			const struct bridge *bridge, bridge_found_fn *found,
			void *data, struct error *err)
{
	size_t size = strlen(bridge->name);
	virNWFilterPtr *filters = NULL;
	bool more = true;
	int count;

	if (!check_system(hypervisor, err))
		return false;
	count = virConnectListAllNWFilters(hypervisor->connection, &filters, 0);
	if (count < 0)
		return fail_host(err, "cannot list the machines' filters");
	for (int i = 0; i < count; i++) {
		const char *name = virNWFilterGetName(filters[i]);

		if (more && strncmp(name, bridge->name, size) == 0 &&
		    name[size] == '-')
			more = found(data, name + size + 1);
		virNWFilterFree(filters[i]);
	}
	free(filters);
	return true;
}

bool domain_bridge_remove(struct hypervisor *hypervisor,
			  const struct bridge *bridge, struct error *err)
{
	auto_network network = NULL;

	if (!check_system(hypervisor, err) ||
	    !find_network(hypervisor, bridge, &network, err))
		return false;
	return !network || virNetworkDestroy(network) == 0 ||
	       fail_host(err, "cannot take down the bridge's network");
}
