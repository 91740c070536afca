/* xml.h - an answer on the wire: EC2's XML, and that of the query services */
#ifndef QAMI_ACTION_XML_H
#define QAMI_ACTION_XML_H

#include "images/base/buf.h"
#include "launcher/action/action.h"

/* Appends the answer to a successful call. EC2's has the members and the
 * request id side by side and <item> in lists; sts, iam and autoscaling wrap
 * the members in <{Action}Result> and write <member>. */
void xml_reply(const struct action *action, const struct reply *reply,
	       const char *request_id, struct buf *out);

/* Appends the answer to a call that failed; `service` as in a row. */
void xml_error(const char *service, const struct error *err,
	       const char *request_id, struct buf *out);

/* Appends a text with what XML reserves or forbids replaced. */
void xml_text(const char *text, struct buf *out);

#endif
