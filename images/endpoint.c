/* endpoint.c - where a store's server is found */
#include "images/endpoint.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "images/base/file.h"

#define FILE_NAME "run/endpoint"

bool endpoint_find(const struct store *store, char ret_url[ENDPOINT_SIZE],
		   struct error *err)
{
	auto_free char *path = store_path(store, FILE_NAME);
	auto_buf text = BUF_INIT;

	if (!path)
		return fail_memory(err);
	*ret_url = 0;
	if (!file_read(path, ENDPOINT_SIZE - 1, &text, err)) {
		/* there is none, or it was taken back just now */
		if (access(path, F_OK) == 0)
			return false;
		error_clear(err);
		return true;
	}
	snprintf(ret_url, ENDPOINT_SIZE, "%.*s",
		 (int)strcspn(buf_text(&text), "\n"), buf_text(&text));
	return true;
}

bool endpoint_note(const char *store, const char *url, struct error *err)
{
	auto_free char *path = format_text("%s/" FILE_NAME, store);
	auto_buf line = BUF_INIT;

	if (!path)
		return fail_memory(err);
	if (!url)
		return file_remove(path, err);
	buf_printf(&line, "%s\n", url);
	return line.broken ? fail_memory(err) :
			     file_write(path, line.data, line.size, 0644, err);
}
