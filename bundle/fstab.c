/* fstab.c - lines by their mount points */
#include "bundle/fstab.h"

#include <stdio.h>
#include <string.h>

static const char *const kept[] = { "/boot", "/boot/efi", "/efi" };

void fstab_generate(const char *old, const char *uuid, const char *type,
		    struct buf *ret_text)
{
	char point[256];

	buf_printf(ret_text, "UUID=%s / %s defaults 0 1\n", uuid, type);
	while (*old) {
		size_t size = strcspn(old, "\n");
		char line[1024];

		snprintf(line, sizeof(line), "%.*s", (int)size, old);
		if (sscanf(line, " %*[^# \t] %255s", point) == 1)
			for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]);
			     i++)
				if (strcmp(point, kept[i]) == 0)
					buf_printf(ret_text, "%.*s\n",
						   (int)size, old);
		old += size + (old[size] == '\n');
	}
}
