/* fuzz-presigned.c - libFuzzer upon presigned URLs
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined \
 *     tests/launcher/http/fuzz-presigned.c launcher/http/auth.c \
 *     launcher/http/credential.c launcher/http/remember.c \
 *     launcher/http/exchange.c launcher/http/form.c \
 *     launcher/action/reply.c launcher/action/utf8.c \
 *     launcher/action/why.c images/base/?*.c -ljansson -lcrypto -pthread \
 *     -ldl -o fuzz
 *   ./fuzz -max_len=4096 -timeout=1 -rss_limit_mb=512 CORPUS
 *
 * The text is a URL behind its host; the request has nothing else. Whatever it
 * says, nobody is let in, and the refusal is the client's fault. Its first byte
 * chooses among methods and whether there is a body.
 */
#include "tests/launcher/http/fuzz-auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = { "GET", "PUT", "HEAD", "POST" };
	struct buf text = BUF_INIT;
	bool query = false;

	if (!size)
		return 0;
	buf_printf(&text, "%s\n/", methods[data[0] & 3]);
	for (size_t i = 1; i < size; i++) {
		char c = (char)data[i];

		/* a line feed is the end of a request's line, as a NUL is */
		if (c == '?' && !query)
			c = '\n';
		query = query || c == '\n';
		if (c && (c != '\n' || data[i] == '?'))
			buf_char(&text, c);
	}
	buf_printf(&text, "%s\n%s\nHost:localhost", query ? "" : "\n",
		   data[0] & 4 ? "body" : "");
	if (text.data)
		ask(text.data);
	buf_done(&text);
	return 0;
}
