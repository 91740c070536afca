/* xml.h - what the domain XML says about us (private to this room) */
#ifndef QAMI_DOMAIN_XML_H
#define QAMI_DOMAIN_XML_H

#include <libxml/tree.h>

/* The namespace of our <metadata> element, and the element's name. */
#define XML_NAMESPACE "urn:qami:machine:1"
#define XML_PREFIX "qami"
#define XML_ELEMENT "machine"

/* Debian's ovmf: the firmware, and the empty variable store it begins with. */
#define OVMF_CODE "/usr/share/OVMF/OVMF_CODE_4M.fd"
#define OVMF_VARS "/usr/share/OVMF/OVMF_VARS_4M.fd"

/* For texts that libvirt wrote, in parts copied from a caller. */
#define XML_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)

/* The first child element of that name; NULL when there is none, or no node. */
xmlNodePtr xml_child(xmlNodePtr node, const char *name);

#endif
