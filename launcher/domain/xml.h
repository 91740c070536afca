/* xml.h - what the domain XML says about us (private to this room) */
#ifndef QAMI_DOMAIN_XML_H
#define QAMI_DOMAIN_XML_H

#include <libxml/tree.h>

#include "launcher/domain/domain.h"

/* The namespace of our <metadata> element, and the element's name. */
#define XML_NAMESPACE "urn:qami:machine:1"
#define XML_PREFIX "qami"
#define XML_ELEMENT "machine"

/* Debian's ovmf: the firmware, and the empty variable store it begins with. */
#define OVMF_CODE "/usr/share/OVMF/OVMF_CODE_4M.fd"
#define OVMF_VARS "/usr/share/OVMF/OVMF_VARS_4M.fd"

/* The guest agent's channel, by the name that the agent looks for. */
#define XML_AGENT "org.qemu.guest_agent.0"

/* For texts that libvirt wrote, in parts copied from a caller. */
#define XML_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

/* The first child element of that name; NULL when there is none, or no node. */
xmlNodePtr xml_child(xmlNodePtr node, const char *name);

/* One disk's XML, appended to ret_xml. */
bool xml_disk(const struct machine_disk *disk, struct buf *ret_xml,
	      struct error *err) must_check;

/* The domain's XML, where the guest agent's socket lies at a path, or (NULL)
 * where libvirt puts it. */
bool xml_domain(const struct machine *machine, const char *agent,
		struct buf *ret_xml, struct error *err) must_check;

#endif
