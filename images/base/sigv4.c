/* sigv4.c - AWS Signature Version 4
 *
 * Names and values are encoded first and sorted then: sorting what is not yet
 * encoded, or the joined "name=value", gives other orders for odd keys.
 */
#include "images/base/sigv4.h"

#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "images/base/auto.h"
#include "images/base/clock.h"
#include "images/base/digest.h"
#include "images/base/hex.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DAY_SIZE 8 /* of "YYYYMMDD" */

/* A pair of its own, for sorting. */
struct item {
	char *name;
	char *value;
};

struct items {
	struct item *items;
	size_t count;
};

static void items_done(struct items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		free(items->items[i].name);
		free(items->items[i].value);
	}
	free(items->items);
}

#define auto_items __attribute__((cleanup(items_done))) struct items

static bool items_make(struct items *items, size_t count)
{
	items->items = calloc(count ? count : 1, sizeof(*items->items));
	items->count = items->items ? count : 0;
	return items->items;
}

void sigv4_date(char ret_date[SIGV4_DATE_SIZE])
{
	time_t now = (time_t)(clock_wall() / USEC_PER_SEC);
	struct tm parts;

	gmtime_r(&now, &parts);
	strftime(ret_date, SIGV4_DATE_SIZE, "%Y%m%dT%H%M%SZ", &parts);
}

void sigv4_encode(struct buf *buf, const char *text, bool path)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 0x80 && isalnum(c)) || strchr("-_.~", c) ||
		    (path && c == '/'))
			buf_char(buf, *text);
		else
			buf_printf(buf, "%%%02X", c);
	}
}

static char *encoded(const char *text, bool path)
{
	auto_buf buf = BUF_INIT;

	buf_str(&buf, "");
	sigv4_encode(&buf, text, path);
	return buf_take(&buf);
}

static int compare_both(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->value, b->value);
}

static bool add_query(const struct sigv4_request *request, struct buf *text,
		      struct error *err)
{
	auto_items items = { NULL, 0 };

	if (!items_make(&items, request->query_count))
		return fail_memory(err);
	for (size_t i = 0; i < items.count; i++) {
		struct item *item = &items.items[i];

		item->name = encoded(request->query[i].name, false);
		item->value = encoded(request->query[i].value, false);
		if (!item->name || !item->value)
			return fail_memory(err);
	}
	qsort(items.items, items.count, sizeof(*items.items), compare_both);
	for (size_t i = 0; i < items.count; i++)
		buf_printf(text, "%s%s=%s", i ? "&" : "", items.items[i].name,
			   items.items[i].value);
	buf_char(text, '\n');
	return true;
}

/* Copies a header's value without the blanks around it, and one for each run
 * of them within. */
static char *collapsed(const char *value)
{
	auto_buf buf = BUF_INIT;

	buf_str(&buf, "");
	while (*value) {
		size_t blank = strspn(value, " \t\r\n\v\f");
		size_t word = strcspn(value + blank, " \t\r\n\v\f");

		if (blank && buf.size && word)
			buf_char(&buf, ' ');
		buf_add(&buf, value + blank, word);
		value += blank + word;
	}
	return buf_take(&buf);
}

/* Sorts by the name alone, and keeps the order in which equal names came: few
 * headers, and qsort() is not stable. */
static void sort_names(struct items *items)
{
	for (size_t i = 1; i < items->count; i++)
		for (size_t j = i; j && strcmp(items->items[j - 1].name,
					       items->items[j].name) > 0;
		     j--) {
			struct item swap = items->items[j];

			items->items[j] = items->items[j - 1];
			items->items[j - 1] = swap;
		}
}

static bool read_headers(const struct sigv4_request *request,
			 struct items *items, struct error *err)
{
	if (!items_make(items, request->header_count))
		return fail_memory(err);
	for (size_t i = 0; i < items->count; i++) {
		struct item *item = &items->items[i];

		item->name = strdup(request->headers[i].name);
		item->value = collapsed(request->headers[i].value);
		if (!item->name || !item->value)
			return fail_memory(err);
		for (char *c = item->name; *c; c++)
			*c = (char)tolower((unsigned char)*c);
	}
	sort_names(items);
	return true;
}

static bool same_as_before(const struct items *items, size_t i)
{
	return i && !strcmp(items->items[i].name, items->items[i - 1].name);
}

static void add_headers(const struct items *items, struct buf *text)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->items[i];

		if (same_as_before(items, i))
			buf_printf(text, ",%s", item->value);
		else
			buf_printf(text, "%s%s:%s", i ? "\n" : "", item->name,
				   item->value);
	}
	buf_str(text, "\n");
}

static void add_names(const struct items *items, struct buf *text)
{
	for (size_t i = 0; i < items->count; i++)
		if (!same_as_before(items, i))
			buf_printf(text, "%s%s", i ? ";" : "",
				   items->items[i].name);
}

/* Drops what is in the buffer behind its last '/', and that one. */
static void leave_segment(struct buf *buf)
{
	while (buf->size && buf->data[buf->size - 1] != '/')
		buf->size--;
	if (buf->size)
		buf->size--;
}

/* An encoded path without empty, "." and ".." segments, encoded once more, as
 * every service but S3 has it. */
static bool add_normal_path(const char *path, struct buf *text,
			    struct error *err)
{
	auto_buf normal = BUF_INIT;
	const char *end = path + strlen(path);

	for (const char *from = path; from < end;) {
		size_t size = strcspn(from, "/");

		if (size == 2 && strncmp(from, "..", 2) == 0) {
			leave_segment(&normal);
		} else if (size && !(size == 1 && *from == '.')) {
			buf_char(&normal, '/');
			buf_add(&normal, from, size);
		}
		from += size + (from[size] == '/');
	}
	if (!normal.size || (end > path && end[-1] == '/'))
		buf_char(&normal, '/');
	if (normal.broken)
		return fail_memory(err);
	normal.data[normal.size] = 0;
	sigv4_encode(text, normal.data, true);
	return true;
}

static bool add_path(const struct sigv4_request *request, struct buf *text,
		     struct error *err)
{
	bool s3 = strcmp(request->service, "s3") == 0;
	auto_free char *once = request->sent && !s3 ?
				       strdup(request->sent) :
				       encoded(request->path, true);

	if (!once)
		return fail_memory(err);
	if (s3)
		buf_str(text, *once ? once : "/");
	else if (!add_normal_path(once, text, err))
		return false;
	buf_char(text, '\n');
	return true;
}

bool sigv4_canonical(const struct sigv4_request *request, struct buf *ret_text,
		     struct error *err)
{
	auto_items headers = { NULL, 0 };

	buf_printf(ret_text, "%s\n", request->method);
	if (!add_path(request, ret_text, err) ||
	    !add_query(request, ret_text, err) ||
	    !read_headers(request, &headers, err))
		return false;
	add_headers(&headers, ret_text);
	buf_char(ret_text, '\n');
	add_names(&headers, ret_text);
	buf_printf(ret_text, "\n%s", request->payload);
	return !ret_text->broken || fail_memory(err);
}

static void add_scope(const struct sigv4_request *request, struct buf *text)
{
	buf_printf(text, "%.*s/%s/%s/aws4_request", DAY_SIZE, request->date,
		   request->region, request->service);
}

static bool hmac(const void *key, size_t size, const char *text,
		 uint8_t ret_mac[SHA256_SIZE])
{
	return HMAC(EVP_sha256(), key, (int)size, (const uint8_t *)text,
		    strlen(text), ret_mac, NULL);
}

static bool date_ok(const char *date)
{
	static const char form[] = "dddddddd"
				   "T"
				   "dddddd"
				   "Z";

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)date[i]) :
				     date[i] != form[i])
			return false;
	return true;
}

bool sigv4_text(const struct sigv4_request *request, struct buf *ret_text,
		struct error *err)
{
	auto_buf canonical = BUF_INIT;
	char digest[SHA256_TEXT_SIZE];

	if (!date_ok(request->date))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "a signature's date is YYYYMMDDTHHMMSSZ");
	if (!sigv4_canonical(request, &canonical, err))
		return false;
	sha256_text(canonical.data, canonical.size, digest);
	buf_printf(ret_text, ALGORITHM "\n%s\n", request->date);
	add_scope(request, ret_text);
	buf_printf(ret_text, "\n%s", digest);
	return !ret_text->broken || fail_memory(err);
}

bool sigv4_key(const struct sigv4_request *request, const char *secret,
	       uint8_t ret_key[SHA256_SIZE], struct error *err)
{
	auto_free char *first = format_text("AWS4%s", secret);
	char day[DAY_SIZE + 1];
	bool made;

	if (!first)
		return fail_memory(err);
	memcpy(day, request->date, DAY_SIZE);
	day[DAY_SIZE] = 0;
	made = hmac(first, strlen(first), day, ret_key) &&
	       hmac(ret_key, SHA256_SIZE, request->region, ret_key) &&
	       hmac(ret_key, SHA256_SIZE, request->service, ret_key) &&
	       hmac(ret_key, SHA256_SIZE, "aws4_request", ret_key);
	OPENSSL_cleanse(first, strlen(first));
	return made || fail(err, FAULT_INTERNAL, "cannot make an HMAC");
}

bool sigv4_mac(const uint8_t key[SHA256_SIZE], const char *text,
	       uint8_t ret_mac[SHA256_SIZE], struct error *err)
{
	return hmac(key, SHA256_SIZE, text, ret_mac) ||
	       fail(err, FAULT_INTERNAL, "cannot make an HMAC");
}

bool sigv4_signature(const struct sigv4_request *request, const char *secret,
		     char ret_signature[65], struct error *err)
{
	uint8_t key[SHA256_SIZE], mac[SHA256_SIZE];
	auto_buf text = BUF_INIT;
	bool made;

	if (!sigv4_text(request, &text, err) ||
	    !sigv4_key(request, secret, key, err))
		return false;
	made = sigv4_mac(key, buf_text(&text), mac, err);
	OPENSSL_cleanse(key, sizeof(key));
	if (made)
		hex_write(mac, sizeof(mac), ret_signature);
	return made;
}

bool sigv4_authorization(const struct sigv4_request *request,
			 const char *access_key, const char *secret,
			 struct buf *ret_value, struct error *err)
{
	auto_items headers = { NULL, 0 };
	char signature[65];

	if (!sigv4_signature(request, secret, signature, err) ||
	    !read_headers(request, &headers, err))
		return false;
	buf_printf(ret_value, ALGORITHM " Credential=%s/", access_key);
	add_scope(request, ret_value);
	buf_str(ret_value, ", SignedHeaders=");
	add_names(&headers, ret_value);
	buf_printf(ret_value, ", Signature=%s", signature);
	return !ret_value->broken || fail_memory(err);
}

bool sigv4_decode(const char *text, size_t size, struct arena *arena,
		  const char **ret_text, struct error *err)
{
	char *out = arena_alloc(arena, size + 1);
	size_t used = 0;

	if (!out)
		return fail_memory(err);
	for (size_t i = 0; i < size; i++) {
		int high, low;

		if (text[i] != '%') {
			out[used++] = text[i];
			continue;
		}
		high = i + 2 < size ? hex_value(text[i + 1]) : -1;
		low = high < 0 ? -1 : hex_value(text[i + 2]);
		if (low < 0 || high + low == 0)
			return fail(err, FAULT_INVALID_PARAMETER,
				    "a '%%' in the URL does not stand for a "
				    "byte");
		out[used++] = (char)(high * 16 + low);
		i += 2;
	}
	*ret_text = out;
	return true;
}
