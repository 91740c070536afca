/* why.c - paths are taken out of the texts of failures
 *
 * A text is a sentence with paths in it, not data: what begins like one is
 * taken for one, up to the quote that closes it or the end of its word. That
 * takes out a little too much rather than too little.
 */
#include "launcher/action/why.h"

#include <ctype.h>
#include <string.h>

#define PATH "(a file of the host)"
#define PLACE "(another host)"
#define DEVICES "/dev/" /* what a client calls its disks */
#define ID_DIGITS 8 /* at least, behind the '-' */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Where a word ends: at a blank, or at a mark that a blank follows. */
static const char *word_end(const char *word)
{
	const char *end = word + strcspn(word, " \t\n'\"`");

	while (end > word && strchr(":,;.)", end[-1]))
		end--;
	return end;
}

static const char *next_word(const char *end)
{
	return *end == ' ' ? end + 1 : NULL;
}

/* Whether a word goes on with a path that has blanks in it. */
static bool goes_on(const char *word)
{
	static const char *const others[] = { "I/O", "Input/output",
					      "input/output" };
	const char *end = word_end(word);
	const char *slash = memchr(word, '/', (size_t)(end - word));

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(word, others[i], strlen(others[i])) == 0)
			return false;
	return slash && slash > word && slash[1] != '/';
}

static const char *path_end(const char *path, char quote)
{
	const char *end = quote ? strchr(path, quote) : NULL;

	if (end)
		return end;
	end = word_end(path);
	for (const char *word = next_word(end); word && goes_on(word);
	     word = next_word(end))
		end = word_end(word);
	return end;
}

/* Whether a name is one that we gave: "layer-0123456789abcdef0.qcow2". */
static bool is_ours(const char *name, const char *end)
{
	const char *at = name;
	size_t digits = 0;

	while (at < end && islower((unsigned char)*at))
		at++;
	if (at == name || at == end || *at++ != '-')
		return false;
	while (at < end && isxdigit((unsigned char)*at)) {
		at++;
		digits++;
	}
	return digits >= ID_DIGITS && (at == end || *at == '.');
}

static void put_path(const char *path, const char *end, struct buf *out)
{
	const char *name = end;

	if (begins(path, DEVICES)) {
		buf_add(out, path, (size_t)(end - path));
		return;
	}
	while (name > path && name[-1] != '/')
		name--;
	if (is_ours(name, end))
		buf_add(out, name, (size_t)(end - name));
	else
		buf_str(out, PATH);
}

/* Whether a word may begin here. */
static bool at_word(const char *text, const char *at)
{
	return at == text ||
	       (!isalnum((unsigned char)at[-1]) && !strchr("-_./~@", at[-1]));
}

void why_public(const char *text, struct buf *out)
{
	for (const char *at = text; *at;) {
		char quote = at > text && strchr("'\"`", at[-1]) ? at[-1] : 0;
		bool word = at_word(text, at);
		const char *end = at + 1;

		if (word &&
		    (*at == '/' || begins(at, "~/") || begins(at, "file:/"))) {
			end = path_end(at, quote);
			put_path(at, end, out);
		} else if (word && begins(at, "ssh://")) {
			end = path_end(at, quote);
			buf_str(out, PLACE);
		} else {
			if (word &&
			    (begins(at, "s3://") || begins(at, "http://") ||
			     begins(at, "https://")))
				end = word_end(at);
			buf_add(out, at, (size_t)(end - at));
		}
		at = end;
	}
}

void node_why(struct node *into, const char *sdk, const char *wire,
	      const char *text)
{
	auto_buf public = BUF_INIT;

	if (!text || !into || into->reply->whole) {
		node_str(into, sdk, wire, text);
		return;
	}
	why_public(text, &public);
	node_str(into, sdk, wire, buf_text(&public));
	into->reply->broken |= public.broken;
}
