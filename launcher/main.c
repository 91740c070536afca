/* main.c - the program: one door per way of calling it */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "launcher/cli/cli.h"
#include "launcher/domain/domain.h"

/* A caller may have closed our standard descriptors; the next files opened
 * would be in their place, and children's output in these. Reading finds the
 * end; writing still fails. */
static void fill_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static char answer[1 << 16];

	fill_descriptors();
	hypervisor_driver(argc, argv);
	setvbuf(stdout, answer, _IOFBF, sizeof(answer));
	return cli_main(argc, argv);
}
