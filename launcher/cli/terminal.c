/* terminal.c - its width, and texts that are safe to show on it */
#include "launcher/cli/terminal.h"

#include <sys/ioctl.h>

int terminal_width(int fd, int fallback)
{
	struct winsize size;

	/* a serial line knows none */
	return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col :
								  fallback;
}

void terminal_text(const char *text, FILE *out)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if ((*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
			fprintf(out, "\\x%02x", *c);
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			/* U+0080…9F steer terminals too */
			fprintf(out, "\\x%02x", *++c);
		else
			putc(*c, out);
}
