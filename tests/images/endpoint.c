/* endpoint.c - where a server says that it listens, and that it no longer does
 */
#include "images/endpoint.h"

#include "tests/images/testing.h"

int main(void)
{
	const char *store = in_dir("store");
	char url[ENDPOINT_SIZE] = "?";

	store_new();
	good(endpoint_find(call.store, url, &err));
	check(!*url);
	good(endpoint_note(store, "http://127.0.0.1:8773", &err));
	good(endpoint_find(call.store, url, &err));
	check(strcmp(url, "http://127.0.0.1:8773") == 0);
	good(endpoint_note(store, "http://[::1]:1", &err));
	good(endpoint_find(call.store, url, &err));
	check(strcmp(url, "http://[::1]:1") == 0);
	good(endpoint_note(store, NULL, &err));
	good(endpoint_note(store, NULL, &err));
	good(endpoint_find(call.store, url, &err));
	check(!*url);
	/* what is no URL of ours */
	check(mkdir(in_dir("store/run/endpoint"), 0700) == 0);
	bad(INVALID_PARAMETER, "", endpoint_find(call.store, url, &err));
	store_close(call.store);
	return 0;
}
