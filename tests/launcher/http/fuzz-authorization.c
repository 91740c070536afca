/* fuzz-authorization.c - libFuzzer upon the Authorization header and what
 * stands beside it
 *
 *   clang -std=gnu11 -D_GNU_SOURCE -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined \
 *     tests/launcher/http/fuzz-authorization.c launcher/http/auth.c \
 *     launcher/http/credential.c launcher/http/remember.c \
 *     launcher/http/exchange.c launcher/http/form.c \
 *     launcher/action/reply.c launcher/action/utf8.c \
 *     launcher/action/why.c images/base/?*.c -ljansson -lcrypto -pthread \
 *     -ldl -o fuzz
 *   ./fuzz -max_len=4096 -timeout=1 -rss_limit_mb=512 CORPUS
 *
 * The text is a request whose parts are lines: fuzz-auth.h. Whatever they say,
 * nobody is let in, and the refusal is the client's fault.
 */
#include "tests/launcher/http/fuzz-auth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	ask(text);
	free(text);
	return 0;
}
