/* request.c - line by line, each checked before it is believed */
#include "launcher/metadata/request.h"

#include <string.h>
#include <strings.h>

#include "images/base/hex.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define TOKEN_LETTERS LETTERS DIGITS "!#$%&'*+-.^_`|~"
#define BLANKS " \t"
#define METHOD_MOST 16

/* What is noted of the headers besides what the request has. */
struct head {
	struct request *request;
	bool http_1_0;
	bool keep; /* "Connection: keep-alive" */
	const char *host;
	const char *length;
	const char *coding;
};

/* Whether bytes can belong to a head, whole or not: no control characters but
 * tabs and the ends of lines, and no '\r' but before a '\n'. */
static bool bytes_ok(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\r' && i + 1 < size && data[i + 1] != '\n')
			return false;
		if (c == 0x7f || (c < ' ' && !strchr("\t\r\n", c)) || !c)
			return false;
	}
	return true;
}

/* The size of a head with the empty line at its end; 0 when there is none. */
static size_t head_size(const char *data, size_t size)
{
	for (size_t i = 0; i + 1 < size; i++) {
		if (data[i] != '\n')
			continue;
		if (data[i + 1] == '\n')
			return i + 2;
		if (i + 2 < size && data[i + 1] == '\r' && data[i + 2] == '\n')
			return i + 3;
	}
	return 0;
}

/* Cuts the next line off, without its end; NULL at the empty one. */
static char *next_line(char **rest)
{
	char *line = *rest, *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*rest = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = 0;
	return *line ? line : NULL;
}

/* Decodes a component in place. A slash that was encoded stays so, and is in
 * nothing's name; what cannot be in any text is refused. */
static bool decode(char *text)
{
	char *to = text;

	while (*text) {
		char c = *text++;

		if (c == '%') {
			int high = hex_value(text[0]);
			int low = high < 0 ? -1 : hex_value(text[1]);

			if (low < 0)
				return false;
			if ((high << 4 | low) != '/') {
				c = (char)(high << 4 | low);
				text += 2;
			}
		}
		if ((unsigned char)c < ' ' || c == 0x7f)
			return false;
		*to++ = c;
	}
	*to = 0;
	return true;
}

/* "http://host/path" is "/path". */
static char *without_host(char *target)
{
	char *path;

	if (strncasecmp(target, "http://", 7) != 0)
		return target;
	path = strchr(target + 7, '/');
	return path ? path : target + strlen(target);
}

/* Decodes and joins what is between slashes; `to` has room for as much as the
 * target. Of "." and ".." nobody makes anything: they name nothing. */
static bool join(const char *target, char *to)
{
	const char *begin = to;

	while (*target) {
		size_t size = strcspn(target, "/");

		if (size && to > begin)
			*to++ = '/';
		memcpy(to, target, size);
		to[size] = 0;
		if (!decode(to))
			return false;
		to += strlen(to);
		target += size + (target[size] == '/');
	}
	*to = 0;
	return true;
}

/* "GET /latest HTTP/1.1" */
static bool first_line(char *line, struct head *head)
{
	char *rest = line, *method = strsep(&rest, " ");
	char *target = strsep(&rest, " "), *version = rest;

	if (!version || !*method || strlen(method) > METHOD_MOST ||
	    method[strspn(method, TOKEN_LETTERS)])
		return false;
	head->http_1_0 = strcmp(version, "HTTP/1.0") == 0;
	if (!head->http_1_0 && strcmp(version, "HTTP/1.1") != 0)
		return false;
	target = without_host(target);
	for (const char *c = target; *c; c++)
		if (*c <= ' ' || *c == '#' || (unsigned char)*c >= 0x7f)
			return false;
	target[strcspn(target, "?")] = 0;
	if ((*target && *target != '/') || strlen(target) > REQUEST_PATH_MOST)
		return false;
	head->request->method = method;
	head->request->target = *target ? target : "/";
	return join(target, head->request->path);
}

/* Whether one of the words between commas is `word`. */
static bool has_word(const char *list, const char *word)
{
	while (*list) {
		size_t size;

		list += strspn(list, BLANKS ",");
		size = strcspn(list, BLANKS ",");
		if (size == strlen(word) && strncasecmp(list, word, size) == 0)
			return true;
		list += size;
	}
	return false;
}

/* Takes note of a header that must not come twice. */
static bool once(const char **into, const char *value)
{
	if (*into)
		return false;
	*into = value;
	return true;
}

static bool header(struct head *head, const char *name, const char *value)
{
	struct request *request = head->request;

	if (strcasecmp(name, "Host") == 0)
		return once(&head->host, value);
	if (strcasecmp(name, "Content-Length") == 0)
		return once(&head->length, value);
	if (strcasecmp(name, "Transfer-Encoding") == 0)
		return once(&head->coding, value);
	if (strcasecmp(name, "X-aws-ec2-metadata-token") == 0)
		return once(&request->token, value);
	if (strcasecmp(name, "X-aws-ec2-metadata-token-ttl-seconds") == 0)
		return once(&request->token_ttl, value);
	if (strcasecmp(name, "X-Forwarded-For") == 0)
		request->forwarded = true;
	else if (strcasecmp(name, "User-Agent") == 0)
		request->agent = value;
	else if (strcasecmp(name, "Connection") == 0) {
		request->last |= has_word(value, "close");
		head->keep |= has_word(value, "keep-alive");
	}
	return true;
}

/* "name: value". A line that begins with a blank would go on with the one
 * before it; nobody does that any more but to be misunderstood. */
static bool header_line(struct head *head, char *line)
{
	size_t size = strspn(line, TOKEN_LETTERS);
	char *value = line + size + 1;

	if (!size || line[size] != ':')
		return false;
	line[size] = 0;
	value += strspn(value, BLANKS);
	for (size = strlen(value); size && strchr(BLANKS, value[size - 1]);)
		value[--size] = 0;
	return header(head, line, value);
}

/* What the headers mean together: whether a body follows, where nobody can be
 * of two minds, and whether another request may. */
static bool framing(struct head *head)
{
	struct request *request = head->request;

	if (!head->http_1_0 && !head->host)
		return false;
	if (head->coding && (head->length || head->http_1_0 ||
			     strcasecmp(head->coding, "chunked") != 0))
		return false;
	if (head->length &&
	    (!*head->length || head->length[strspn(head->length, DIGITS)] ||
	     strlen(head->length) > 18))
		return false;
	if (head->coding ||
	    (head->length && head->length[strspn(head->length, "0")]) ||
	    (head->http_1_0 && !head->keep))
		request->last = true;
	return true;
}

enum request_state request_read(char *data, size_t size,
				struct request *ret_request, size_t *ret_used)
{
	struct head head = { .request = ret_request };
	char *rest = data, *line;
	size_t whole;

	*ret_request = (struct request){ .agent = "" };
	if (!bytes_ok(data, size))
		return REQUEST_BAD;
	/* an empty line too many behind the last request does no harm */
	while (rest < data + size && (*rest == '\n' || *rest == '\r'))
		rest++;
	whole = head_size(rest, size - (size_t)(rest - data));
	if (!whole)
		return size >= REQUEST_MOST ? REQUEST_BAD : REQUEST_MORE;
	*ret_used = (size_t)(rest - data) + whole;
	line = next_line(&rest);
	if (!line || !first_line(line, &head))
		return REQUEST_BAD;
	while ((line = next_line(&rest)))
		if (!header_line(&head, line))
			return REQUEST_BAD;
	return framing(&head) ? REQUEST_WHOLE : REQUEST_BAD;
}
