/* credential.c - what a request says about who signed it
 *
 * Strict where AWS's own verifiers are said to be lax: what is there twice, or
 * in another case, or in another order than the rules have it, is refused, so
 * that two readers of one request cannot disagree about who sent it.
 */
#include "launcher/http/credential.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "images/base/hex.h"
#include "launcher/http/form.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define EXPIRES_MOST (7 * 24 * 3600)

/* The parts as they were written, wherever they stood. */
struct parts {
	const char *credential;
	const char *signed_headers;
	const char *signature;
};

static bool incomplete(struct error *err, const char *why)
{
	return fail(err, FAULT_INCOMPLETE_SIGNATURE, "%s", why);
}

static bool query_signed(const struct form *form)
{
	static const char *const names[] = {
		"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
		"AWSAccessKeyId",  "Signature",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (form_get(form, names[i]))
			return true;
	return false;
}

bool credential_given(const struct exchange *exchange)
{
	struct error ignored = { 0 };
	struct form form = { 0 };

	/* a query that is none is refused by who reads the signature */
	return exchange_header(exchange, "Authorization") ||
	       !form_read(exchange->query, strlen(exchange->query), false,
			  exchange->arena, &form, &ignored) ||
	       query_signed(&form);
}

bool credential_header(const struct exchange *exchange, const char *name,
		       const char **ret_value, struct error *err)
{
	*ret_value = NULL;
	for (size_t i = 0; i < exchange->header_count; i++) {
		if (strcasecmp(exchange->headers[i].name, name) != 0)
			continue;
		if (*ret_value)
			return fail(err, FAULT_INCOMPLETE_SIGNATURE,
				    "the header %s is there twice", name);
		*ret_value = exchange->headers[i].value;
	}
	return true;
}

/* A piece of a text up to a mark, in the arena; the text goes on behind that,
 * and is NULL where there was none. NULL when memory ran out. */
static char *cut(const char **text, const char *mark, struct arena *arena)
{
	size_t size = strcspn(*text, mark);
	char *piece = arena_format(arena, "%.*s", (int)size, *text);

	*text = (*text)[size] ? *text + size + 1 : NULL;
	return piece;
}

/* Files one "Name=value" of the Authorization header. */
static bool take_part(struct parts *parts, const char *part, struct error *err)
{
	const struct {
		const char *name;
		const char **into;
	} known[] = {
		{ "Credential=", &parts->credential },
		{ "SignedHeaders=", &parts->signed_headers },
		{ "Signature=", &parts->signature },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t size = strlen(known[i].name);

		if (strncmp(part, known[i].name, size) != 0)
			continue;
		if (*known[i].into)
			return fail(err, FAULT_INCOMPLETE_SIGNATURE,
				    "the Authorization header has %s twice",
				    known[i].name);
		*known[i].into = part + size;
		return true;
	}
	return incomplete(err, "the Authorization header consists of "
			       "Credential=, SignedHeaders= and Signature=");
}

static bool check_algorithm(const char *text, size_t size, struct error *err)
{
	if (size == strlen(ALGORITHM) && strncmp(text, ALGORITHM, size) == 0)
		return true;
	if (size >= 4 && strncmp(text, "AWS4", 4) == 0)
		return incomplete(err, "of version 4's signatures only "
				       "AWS4-HMAC-SHA256 is taken here");
	return incomplete(err, "requests are signed with AWS4-HMAC-SHA256, "
			       "signature version 4");
}

static bool read_header(const struct exchange *exchange, const char *text,
			struct parts *parts, struct error *err)
{
	size_t size = strcspn(text, " ");

	if (!check_algorithm(text, size, err))
		return false;
	text += size;
	while (text) {
		char *part;

		text += strspn(text, " ");
		part = cut(&text, ",", exchange->arena);
		if (!part)
			return fail_memory(err);
		for (size_t end = strlen(part); end && part[end - 1] == ' ';)
			part[--end] = 0;
		if (!take_part(parts, part, err))
			return false;
	}
	if (!parts->credential || !parts->signed_headers || !parts->signature)
		return incomplete(err, "the Authorization header takes "
				       "Credential=, SignedHeaders= and "
				       "Signature=");
	return true;
}

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* "Sat, 21 Nov 2026 14:40:00 GMT" in the form of X-Amz-Date. */
static bool read_rfc1123(const char *text, char ret_date[TIME_SIZE])
{
	char month[4], zone[6];
	unsigned day, year, hour, minute, second;
	const char *at;
	int used = 0;

	if (sscanf(text, "%*3[A-Za-z], %2u %3[A-Za-z] %4u %2u:%2u:%2u %5s%n",
		   &day, month, &year, &hour, &minute, &second, zone,
		   &used) != 7 ||
	    text[used] || strlen(month) != 3)
		return false;
	at = strstr(months, month);
	if (!at || (at - months) % 3 ||
	    (strcmp(zone, "GMT") != 0 && strcmp(zone, "+0000") != 0 &&
	     strcmp(zone, "-0000") != 0))
		return false;
	snprintf(ret_date, TIME_SIZE, "%04u%02u%02uT%02u%02u%02uZ",
		 year % 10000, (unsigned)(at - months) / 3 + 1, day % 100,
		 hour % 100, minute % 100, second % 100);
	return true;
}

static bool is_digits(const char *text, size_t count)
{
	return strspn(text, "0123456789") >= count;
}

/* Takes "YYYYMMDDTHHMMSSZ" of a day and hour that there is. */
static bool take_date(struct credential *ret, const char *text,
		      struct error *err)
{
	char iso[TIME_SIZE];

	if (strlen(text) != CREDENTIAL_DATE_SIZE - 1 || !is_digits(text, 8) ||
	    text[8] != 'T' || !is_digits(text + 9, 6) || text[15] != 'Z')
		return incomplete(err, "a request's date has the form "
				       "YYYYMMDDTHHMMSSZ");
	snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text,
		 text + 4, text + 6, text + 9, text + 11, text + 13);
	if (!time_parse(iso, &ret->time))
		return incomplete(err, "a request's date is one of the "
				       "calendar");
	memcpy(ret->date, text, CREDENTIAL_DATE_SIZE);
	return true;
}

static bool read_header_date(const struct exchange *exchange,
			     struct credential *ret, struct error *err)
{
	char date[TIME_SIZE];
	const char *text;

	if (!credential_header(exchange, "X-Amz-Date", &text, err))
		return false;
	if (text)
		return take_date(ret, text, err);
	if (!credential_header(exchange, "Date", &text, err))
		return false;
	if (!text)
		return incomplete(err, "a signed request has the header "
				       "X-Amz-Date or Date");
	return take_date(ret, read_rfc1123(text, date) ? date : text, err);
}

/* A presigned URL's parameter, which is there exactly once. */
static bool query_once(const struct form *form, const char *name,
		       const char **ret_value, struct error *err)
{
	size_t count = 0;

	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->pairs[i].name, name) == 0) {
			*ret_value = form->pairs[i].value;
			count++;
		}
	return count == 1 || fail(err, FAULT_INCOMPLETE_SIGNATURE,
				  "a presigned URL has %s once", name);
}

static bool take_expires(struct credential *ret, const char *text,
			 struct error *err)
{
	size_t size = strlen(text);

	ret->expires = size && size < 8 && is_digits(text, size) ? atoll(text) :
								   0;
	return (ret->expires >= 1 && ret->expires <= EXPIRES_MOST) ||
	       fail(err, FAULT_INCOMPLETE_SIGNATURE,
		    "X-Amz-Expires is a number of seconds, from 1 to %d",
		    EXPIRES_MOST);
}

static bool read_query(const struct form *form, struct credential *ret,
		       struct parts *parts, struct error *err)
{
	const char *algorithm, *date, *expires;

	ret->presigned = true;
	if (form_get(form, "AWSAccessKeyId"))
		return check_algorithm("AWS", 3, err);
	return query_once(form, "X-Amz-Algorithm", &algorithm, err) &&
	       check_algorithm(algorithm, strlen(algorithm), err) &&
	       query_once(form, "X-Amz-Credential", &parts->credential, err) &&
	       query_once(form, "X-Amz-Date", &date, err) &&
	       query_once(form, "X-Amz-Expires", &expires, err) &&
	       query_once(form, "X-Amz-SignedHeaders", &parts->signed_headers,
			  err) &&
	       query_once(form, "X-Amz-Signature", &parts->signature, err) &&
	       take_date(ret, date, err) && take_expires(ret, expires, err);
}

/* One part of the scope: nothing in it has a meaning to XML or a log. */
static bool is_plain(const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '-' &&
		    text[i] != '_')
			return false;
	return size && size <= 128;
}

static bool read_scope(struct credential *ret, const char *text,
		       struct arena *arena, struct error *err)
{
	const char *pieces[5];

	for (size_t i = 0; i < 5; i++) {
		pieces[i] = text ? cut(&text, "/", arena) : "";
		if (!pieces[i])
			return fail_memory(err);
		if (!is_plain(pieces[i]))
			return incomplete(err, "a credential has the form "
					       "KEY/YYYYMMDD/REGION/SERVICE/"
					       "aws4_request");
	}
	if (text || strcmp(pieces[4], "aws4_request") != 0)
		return incomplete(err, "a credential ends with "
				       "/aws4_request");
	ret->access_key = pieces[0];
	ret->day = pieces[1];
	ret->region = pieces[2];
	ret->service = pieces[3];
	if (strlen(ret->day) != 8 || strncmp(ret->day, ret->date, 8) != 0)
		return fail(err, FAULT_SIGNATURE,
			    "the credential is scoped to another day than "
			    "the request's date");
	return true;
}

/* Lower-case names of headers. */
static bool is_header_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) &&
		    !strchr("!#$%&'*+-.^_`|~", *c))
			return false;
		else if (isupper((unsigned char)*c))
			return false;
	return *name;
}

static bool read_signed_headers(struct credential *ret, const char *text,
				struct arena *arena, struct error *err)
{
	size_t room = 1, count = 0;

	for (const char *c = text; *c; c++)
		room += *c == ';';
	ret->signed_headers = arena_alloc(arena, room * sizeof(char *));
	if (!ret->signed_headers)
		return fail_memory(err);
	while (text) {
		const char *name = cut(&text, ";", arena);

		if (!name)
			return fail_memory(err);
		if (!is_header_name(name) ||
		    (count &&
		     strcmp(ret->signed_headers[count - 1], name) >= 0))
			return incomplete(err, "SignedHeaders are names in "
					       "lower case, sorted, each once, "
					       "with ';' between them");
		ret->signed_headers[count++] = name;
	}
	ret->signed_count = count;
	return true;
}

static bool read_signature(struct credential *ret, const char *text,
			   struct error *err)
{
	if (strlen(text) == 2 * SHA256_SIZE &&
	    strspn(text, "0123456789abcdef") == 2 * SHA256_SIZE &&
	    hex_read(text, ret->signature, SHA256_SIZE))
		return true;
	return fail(err, FAULT_SIGNATURE,
		    "a signature is 64 hexadecimal digits in lower case");
}

/* What of the query is signed: all but a presigned URL's signature. */
static bool keep_query(const struct form *form, struct credential *ret,
		       struct arena *arena, struct error *err)
{
	struct sigv4_pair *pairs =
		arena_alloc(arena, (form->count + 1) * sizeof(*pairs));

	if (!pairs)
		return fail_memory(err);
	for (size_t i = 0; i < form->count; i++)
		if (!ret->presigned ||
		    strcmp(form->pairs[i].name, "X-Amz-Signature") != 0)
			pairs[ret->query_count++] = (struct sigv4_pair){
				form->pairs[i].name, form->pairs[i].value
			};
	ret->query = pairs;
	return true;
}

bool credential_read(const struct exchange *exchange,
		     struct credential *ret_credential, struct error *err)
{
	struct arena *arena = exchange->arena;
	struct credential ret = { 0 };
	struct parts parts = { 0 };
	struct form form = { 0 };
	const char *header;

	if (!credential_header(exchange, "Authorization", &header, err) ||
	    !form_read(exchange->query, strlen(exchange->query), false, arena,
		       &form, err))
		return false;
	if (header && query_signed(&form))
		return incomplete(err, "a request is signed in its "
				       "Authorization header or in its query, "
				       "not in both");
	if (!header && !query_signed(&form))
		return fail(err, FAULT_MISSING_TOKEN,
			    "the request is not signed");
	if (header ? !read_header(exchange, header, &parts, err) ||
			     !read_header_date(exchange, &ret, err) :
		     !read_query(&form, &ret, &parts, err))
		return false;
	if (!read_scope(&ret, parts.credential, arena, err) ||
	    !read_signed_headers(&ret, parts.signed_headers, arena, err) ||
	    !read_signature(&ret, parts.signature, err) ||
	    !keep_query(&form, &ret, arena, err))
		return false;
	*ret_credential = ret;
	return true;
}

bool credential_signs(const struct credential *credential, const char *name)
{
	for (size_t i = 0; i < credential->signed_count; i++)
		if (strcmp(credential->signed_headers[i], name) == 0)
			return true;
	return false;
}
