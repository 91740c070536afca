/* mhd.c - libmicrohttpd, loaded when the server starts */
#include "launcher/http/mhd.h"

#include "images/base/library.h"

struct mhd mhd;

bool mhd_load(struct error *err)
{
	static const struct library_call calls[] = {
#define CALL(name) { "MHD_" #name, &mhd.name },
		MHD_CALLS(CALL)
#undef CALL
			{ NULL, NULL },
	};

	return library_load("libmicrohttpd.so.12", calls, err);
}
