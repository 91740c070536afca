/* value.c - from an option's texts to a typed value
 *
 * The order is the AWS CLI's: a file stands for the text it holds; what looks
 * like JSON is JSON; a structure is else in the short notation; the rest is
 * the text itself. Types inside are set right by shape.c, as the short
 * notation has only texts.
 */
#include "launcher/cli/value.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/digest.h"
#include "launcher/cli/paramfile.h"
#include "launcher/cli/shorthand.h"

/* What is being read. */
struct reading {
	const struct param *param;
	const char *option;
	bool raw;
	struct buf *complaint;
};

const struct param *value_inside(const struct param *param)
{
	if (param->type != PARAM_STRUCT || (param->flags & PARAM_LIST) ||
	    !param->members || !param->members[0].name ||
	    param->members[1].name ||
	    strcmp(param->members[0].name, "Value") != 0)
		return NULL;
	return &param->members[0];
}

bool value_is_switch(const struct param *param)
{
	const struct param *inside = value_inside(param);

	if (param->flags & PARAM_LIST)
		return false;
	return param->type == PARAM_BOOLEAN ||
	       (inside && inside->type == PARAM_BOOLEAN);
}

static json_t *complain(const struct reading *r, const char *what,
			const char *detail)
{
	buf_printf(r->complaint, "Error parsing parameter '%s': %s%s",
		   r->option, what, detail);
	return NULL;
}

static char first_char(const char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	return *text;
}

static json_t *parse_json(const struct reading *r, const char *text)
{
	json_error_t error;
	json_t *value = json_loads(
		text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

	if (value)
		return value;
	buf_printf(r->complaint,
		   "Error parsing parameter '%s': Invalid JSON: %s: line %d "
		   "column %d (char %d)\nJSON received: %s",
		   r->option, error.text, error.line, error.column,
		   error.position, text);
	return NULL;
}

static json_t *parse_shorthand(const struct reading *r, const char *text)
{
	auto_buf complaint = BUF_INIT;
	json_t *value = shorthand_parse(text, &complaint);

	return value ? value : complain(r, "", buf_text(&complaint));
}

static json_t *base64_value(const void *data, size_t size)
{
	auto_free char *text = base64_encode(data, size);

	return text ? json_string(text) : NULL;
}

/* A blob: `kind` says whether the bytes come from a file and from which. */
static json_t *parse_blob(const struct param *param, bool raw,
			  enum paramfile kind, const void *data, size_t size)
{
	if (kind == PARAMFILE_BINARY || raw ||
	    (param->flags & (PARAM_TEXT_BLOB | PARAM_STREAM)))
		return base64_value(data, size);
	return json_stringn(data, size);
}

static json_t *parse_struct(const struct reading *r, enum paramfile kind,
			    const char *text, size_t size)
{
	const struct param *inside = value_inside(r->param);
	const char *equals = strchr(text, '=');
	json_t *value = NULL;

	if (first_char(text) == '{')
		return parse_json(r, text);
	if (inside && inside->type == PARAM_BLOB &&
	    strncmp(text, "Value=", 6) != 0)
		value = parse_blob(inside, r->raw, kind, text, size);
	else if (inside && inside->type != PARAM_BOOLEAN && !equals)
		value = json_stringn(text, size);
	else
		return parse_shorthand(r, text);
	return value ? json_pack("{s:o}", "Value", value) :
		       complain(r, "not UTF-8", "");
}

static json_t *parse_integer(const struct reading *r, const char *text)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (end == text || *end || errno)
		return complain(r, "invalid integer: ", text);
	return json_integer(number);
}

static json_t *parse_double(const struct reading *r, const char *text)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end)
		return complain(r, "invalid number: ", text);
	return json_real(number);
}

static json_t *parse_one(const struct reading *r, enum paramfile kind,
			 const char *text, size_t size)
{
	json_t *value;

	switch (r->param->type) {
	case PARAM_STRUCT:
		return parse_struct(r, kind, text, size);
	case PARAM_INTEGER:
		return parse_integer(r, text);
	case PARAM_DOUBLE:
		return parse_double(r, text);
	case PARAM_BOOLEAN:
		return json_boolean(strcasecmp(text, "false") != 0);
	case PARAM_BLOB:
		value = parse_blob(r->param, r->raw, kind, text, size);
		return value ? value : complain(r, "not UTF-8", "");
	case PARAM_NONE:
	case PARAM_STRING:
	case PARAM_ID:
	case PARAM_TIME:
	case PARAM_FILE:
		break;
	}
	value = json_stringn(text, size);
	return value ? value : complain(r, "not UTF-8", "");
}

static json_t *parse_list(const struct reading *r, enum paramfile kind,
			  const char *const *texts, size_t count)
{
	json_t *list;

	if (count == 1 && first_char(texts[0]) == '[')
		return parse_json(r, texts[0]);
	list = json_array();
	for (size_t i = 0; list && i < count; i++) {
		json_t *value = parse_one(r, kind, texts[i], strlen(texts[i]));

		if (!value || json_array_append_new(list, value) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

json_t *value_parse(const struct param *param, const char *option,
		    const char *const *texts, size_t count, bool raw,
		    struct buf *complaint)
{
	struct reading r = { param, option, raw, complaint };
	enum paramfile kind = PARAMFILE_NONE;
	auto_buf data = BUF_INIT;
	auto_buf why = BUF_INIT;
	const char *text = count ? texts[0] : "";
	const char *single[] = { text };
	size_t size = strlen(text);

	if (count == 1 && param->type != PARAM_FILE)
		kind = paramfile_kind(text);
	/* bytes that are encoded anyway need not be a text */
	if ((kind == PARAMFILE_TEXT && param->flags & PARAM_TEXT_BLOB) ||
	    param->flags & PARAM_STREAM)
		kind = PARAMFILE_BINARY;
	if (kind != PARAMFILE_NONE) {
		if (!paramfile_read(text, kind == PARAMFILE_BINARY, &data,
				    &why))
			return complain(&r, "", buf_text(&why));
		single[0] = text = buf_text(&data);
		texts = single;
		count = 1;
		size = data.size;
	}
	if (param->flags & PARAM_LIST)
		return parse_list(&r, kind, texts, count);
	return parse_one(&r, kind, text, size);
}
