/* main.c - the program: one door per way of calling it */
#include <stdio.h>

#include "images/base/file.h"
#include "launcher/cli/cli.h"
#include "launcher/domain/domain.h"

int main(int argc, char **argv)
{
	static char answer[1 << 16];

	descriptors_fill();
	hypervisor_driver(argc, argv);
	setvbuf(stdout, answer, _IOFBF, sizeof(answer));
	return cli_main(argc, argv);
}
