/* inflate.c - by ISA-L, which takes a third of zlib's time
 *
 * It is loaded when the first bundle is unpacked: inside a guest, which has no
 * such library, bundles are only made.
 */
#include "bundle/inflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#include "images/base/library.h"

static struct {
	__typeof__(isal_inflate_reset) *reset;
	__typeof__(isal_inflate) *inflate;
} isal;

static bool load(struct error *err)
{
	static const struct library_call calls[] = {
		{ "isal_inflate_reset", &isal.reset },
		{ "isal_inflate", &isal.inflate },
		{ NULL, NULL },
	};

	return library_load("libisal.so.2", calls, err);
}

struct inflater {
	struct inflate_state state;
	bool begun;  /* within a member */
	bool before; /* a member has ended */
};

struct inflater *inflater_new(void)
{
	return calloc(1, sizeof(struct inflater));
}

void inflater_free(struct inflater *inflater)
{
	free(inflater);
}

static bool fail_stream(const struct inflater *inflater, int code,
			struct error *err)
{
	const char *why = "its compressed data are broken";

	if (code == ISAL_INCORRECT_CHECKSUM)
		why = "its checksum or size is wrong";
	else if (code == ISAL_INVALID_WRAPPER ||
		 code == ISAL_UNSUPPORTED_METHOD)
		why = inflater->before ?
			      "something else follows the compressed data" :
			      "what was decrypted is not gzip's";
	return fail(err, FAULT_INVALID_MANIFEST,
		    "the bundle cannot be unpacked: %s", why);
}

bool inflate_some(struct inflater *inflater, const uint8_t **in,
		  size_t *in_size, uint8_t *ret_out, size_t room,
		  size_t *ret_size, struct error *err)
{
	struct inflate_state *state = &inflater->state;

	state->next_in = (uint8_t *)*in;
	state->avail_in = (uint32_t)*in_size;
	state->next_out = ret_out;
	state->avail_out = (uint32_t)room;
	while (state->avail_out && (state->avail_in || inflater->begun)) {
		uint32_t before = state->avail_in + state->avail_out;
		int code;

		if (!inflater->begun) {
			if (!load(err))
				return false;
			isal.reset(state);
			state->crc_flag = ISAL_GZIP;
			inflater->begun = true;
		}
		code = isal.inflate(state);
		if (code < 0 || code == ISAL_NEED_DICT)
			return fail_stream(inflater, code, err);
		if (state->block_state == ISAL_BLOCK_FINISH) {
			inflater->begun = false;
			inflater->before = true;
		} else if (before == state->avail_in + state->avail_out) {
			if (state->avail_in)
				return fail_stream(inflater, code, err);
			break;
		}
	}
	*in = state->next_in;
	*in_size = state->avail_in;
	*ret_size = room - state->avail_out;
	return true;
}

bool inflate_end(const struct inflater *inflater, struct error *err)
{
	return (inflater->before && !inflater->begun) ||
	       fail(err, FAULT_INVALID_MANIFEST,
		    "the bundle cannot be unpacked: its compressed data end"
		    " too early");
}
