/* endpoint.h - where a store's server is found
 *
 * The server writes it down when it listens and takes it back when it ends; of
 * one that was killed it stays until the next one begins.
 */
#ifndef QAMI_IMAGES_ENDPOINT_H
#define QAMI_IMAGES_ENDPOINT_H

#include "images/store.h"

#define ENDPOINT_SIZE 96 /* of a URL, with its NUL */

/* "http://127.0.0.1:8773"; "" where nobody serves. */
bool endpoint_find(const struct store *store, char ret_url[ENDPOINT_SIZE],
		   struct error *err) must_check;

/* Writes a URL down for the store at a path; NULL takes it back. */
bool endpoint_note(const char *store, const char *url, struct error *err)
	must_check;

#endif
