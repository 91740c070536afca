/* xml.c - the reply tree under the wire's names
 *
 * Written by hand: a tree of elements without attributes needs no library, and
 * a thousand instances are one pass over the nodes.
 */
#include "launcher/action/xml.h"

#include <inttypes.h>
#include <string.h>

#include "launcher/action/utf8.h"

static const struct protocol {
	const char *service;
	const char *xmlns;
	bool wrapped;
} protocols[] = {
	{ "ec2", "http://ec2.amazonaws.com/doc/2016-11-15/", false },
	{ "sts", "https://sts.amazonaws.com/doc/2011-06-15/", true },
	{ "iam", "https://iam.amazonaws.com/doc/2010-05-08/", true },
	{ "autoscaling", "http://autoscaling.amazonaws.com/doc/2011-01-01/",
	  true },
};

static const struct protocol *protocol_of(const char *service)
{
	for (size_t i = 1; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (strcmp(service, protocols[i].service) == 0)
			return &protocols[i];
	return &protocols[0];
}

/* How many characters from here on are what they are in XML, one byte each. */
static size_t plain(const char *text)
{
	size_t size = 0;

	while (text[size] >= ' ' && text[size] <= '~' && text[size] != '&' &&
	       text[size] != '<' && text[size] != '>')
		size++;
	return size;
}

/* U+FFFE and U+FFFF, which UTF-8 has and XML has not. */
static bool is_none(const char *text)
{
	return strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
	       strncmp(text, "\xef\xbf\xbf", 3) == 0;
}

void xml_text(const char *text, struct buf *out)
{
	while (*text) {
		size_t size = plain(text);
		unsigned char c;

		if (size) {
			buf_add(out, text, size);
			text += size;
			continue;
		}
		size = utf8_size(text);
		c = (unsigned char)*text;
		if (size == 0)
			buf_str(out, UTF8_REPLACEMENT), size = 1;
		else if (c == '&')
			buf_str(out, "&amp;");
		else if (c == '<')
			buf_str(out, "&lt;");
		else if (c == '>')
			buf_str(out, "&gt;");
		else if (c == '\r')
			buf_str(out, "&#13;");
		else if ((c < 0x20 && c != '\t' && c != '\n') || is_none(text))
			buf_str(out, UTF8_REPLACEMENT);
		else
			buf_add(out, text, size);
		text += size;
	}
}

static void element(const struct node *node, const char *name, const char *item,
		    struct buf *out);

static void elements(const struct node *node, const char *item, struct buf *out)
{
	bool list = node->type == NODE_LIST;

	for (const struct node *child = node->children.first; child;
	     child = child->next)
		if (list || child->wire)
			element(child, list ? item : child->wire, item, out);
}

static void value(const struct node *node, const char *item, struct buf *out)
{
	char text[DOUBLE_SIZE > TIME_SIZE ? DOUBLE_SIZE : TIME_SIZE];

	switch (node->type) {
	case NODE_STRUCT:
	case NODE_LIST:
		elements(node, item, out);
		break;
	case NODE_STRING:
		xml_text(node->text, out);
		break;
	case NODE_INTEGER:
		buf_printf(out, "%" PRId64, node->integer);
		break;
	case NODE_BOOLEAN:
		buf_str(out, node->integer ? "true" : "false");
		break;
	case NODE_DOUBLE:
		double_format(node->real, text);
		buf_str(out, text);
		break;
	case NODE_TIME:
		time_format(node->integer, text);
		buf_str(out, text);
		break;
	case NODE_NULL:
		break;
	}
}

static void element(const struct node *node, const char *name, const char *item,
		    struct buf *out)
{
	size_t size = strlen(name), start;

	buf_char(out, '<');
	buf_add(out, name, size);
	buf_char(out, '>');
	start = out->size;
	value(node, item, out);
	if (out->size == start && start) {
		/* nothing inside: "<name>" becomes "<name/>" */
		out->data[start - 1] = '/';
		buf_char(out, '>');
		return;
	}
	buf_add(out, "</", 2);
	buf_add(out, name, size);
	buf_char(out, '>');
}

static const char header[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

void xml_reply(const struct action *action, const struct reply *reply,
	       const char *request_id, struct buf *out)
{
	const struct protocol *protocol = protocol_of(action_service(action));
	const char *name = action->name;

	buf_printf(out, "%s<%sResponse xmlns=\"%s\">", header, name,
		   protocol->xmlns);
	if (!protocol->wrapped) {
		buf_printf(out, "<requestId>%s</requestId>", request_id);
		elements(reply->root, "item", out);
	} else {
		buf_printf(out, "<%sResult>", name);
		elements(reply->root, "member", out);
		buf_printf(out,
			   "</%sResult><ResponseMetadata><RequestId>%s"
			   "</RequestId></ResponseMetadata>",
			   name, request_id);
	}
	buf_printf(out, "</%sResponse>", name);
}

void xml_error(const char *service, const struct error *err,
	       const char *request_id, struct buf *out)
{
	const struct protocol *protocol = protocol_of(service);
	bool wrapped = protocol->wrapped;

	buf_str(out, header);
	if (wrapped)
		buf_printf(out,
			   "<ErrorResponse xmlns=\"%s\"><Error><Type>%s"
			   "</Type>",
			   protocol->xmlns,
			   fault_status(err->fault) >= 500 ? "Receiver" :
							     "Sender");
	else
		buf_str(out, "<Response><Errors><Error>");
	buf_printf(out, "<Code>%s</Code><Message>", fault_code(err->fault));
	xml_text(err->text, out);
	buf_str(out, "</Message></Error>");
	if (wrapped)
		buf_printf(out, "<RequestId>%s</RequestId></ErrorResponse>",
			   request_id);
	else
		buf_printf(out, "</Errors><RequestID>%s</RequestID></Response>",
			   request_id);
}
