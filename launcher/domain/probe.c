/* probe.c - the smallest guest that proves KVM to work
 *
 * That /dev/kvm opens proves nothing: under nested or paravirtual KVM guests
 * may die in firmware, at the switch to 64 bits, or not even start with the
 * host's CPU model. So a real QEMU with the options of a real machine boots a
 * sector that goes the whole way and says "ok" from 64-bit code; whatever
 * else happens means that KVM does not work.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/clock.h"
#include "images/base/log.h"
#include "images/base/process.h"
#include "launcher/domain/accel.h"

#define PATIENCE_USEC (10 * USEC_PER_SEC)
#define STDOUT_MOST 64

#if defined(__x86_64__)
/* The boot sector. Page tables at 0x1000 map the first 2 MiB onto themselves;
 * the code then runs with paging, SSE and a 64-bit code segment. Port 0xe9 is
 * QEMU's debug console, 0xcf9 the reset register, at which QEMU leaves. */
__asm__(".pushsection .rodata\n"
	".global probe_sector\n"
	".code16\n"
	"probe_sector:\n"
	"	cli\n"
	"	cld\n"
	"	xorw %ax, %ax\n"
	"	movw %ax, %ds\n"
	"	movw %ax, %es\n"
	"	movw $0x1000, %di\n"
	"	movw $0x1800, %cx\n"
	"	rep stosw\n"
	"	movl $0x2003, 0x1000\n"
	"	movl $0x3003, 0x2000\n"
	"	movl $0x0083, 0x3000\n"
	"	movl %cr4, %eax\n"
	"	orl $0x620, %eax\n" /* PAE, SSE */
	"	movl %eax, %cr4\n"
	"	movl $0x1000, %eax\n"
	"	movl %eax, %cr3\n"
	"	movl $0xc0000080, %ecx\n" /* EFER.LME */
	"	rdmsr\n"
	"	orl $0x100, %eax\n"
	"	wrmsr\n"
	"	lgdtl (0x7c00 + probe_gdtr - probe_sector)\n"
	"	movl %cr0, %eax\n"
	"	andl $~4, %eax\n"
	"	orl $0x80000003, %eax\n"
	"	movl %eax, %cr0\n"
	"	ljmpl $8, $(0x7c00 + probe_long - probe_sector)\n"
	".code64\n"
	"probe_long:\n"
	"	xorl %eax, %eax\n"
	"	cpuid\n"
	"	rdtsc\n"
	"	xorps %xmm0, %xmm0\n"
	"	movb $'o', %al\n"
	"	outb %al, $0xe9\n"
	"	movb $'k', %al\n"
	"	outb %al, $0xe9\n"
	"	movw $0xcf9, %dx\n"
	"	movb $6, %al\n"
	"	outb %al, %dx\n"
	"1:	hlt\n"
	"	jmp 1b\n"
	"	.balign 8\n"
	"probe_gdt:\n"
	"	.quad 0\n"
	"	.quad 0x00af9a000000ffff\n"
	"probe_gdtr:\n"
	"	.word 15\n"
	"	.long 0x7c00 + probe_gdt - probe_sector\n"
	"	.org probe_sector + 510\n"
	"	.word 0xaa55\n"
	".popsection\n");

extern const char probe_sector[512];

/* The sector as a file that QEMU can open. */
static int sector_file(void)
{
	auto_close int fd = memfd_create("qami-probe", MFD_CLOEXEC);

	/* a disk of one sector is too small for BIOS geometry */
	if (fd < 0 || ftruncate(fd, 1024 * 1024) != 0 ||
	    pwrite(fd, probe_sector, sizeof(probe_sector), 0) !=
		    (ssize_t)sizeof(probe_sector))
		return -1;
	return take_fd(fd);
}

/* Reads both pipes until one ends, QEMU reports what it will not survive, or
 * patience does. */
static void watch(struct child *child, struct buf *ret_out)
{
	usec_t end = clock_monotonic() + PATIENCE_USEC;
	auto_buf errors = BUF_INIT;

	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = child->out, .events = POLLIN },
			{ .fd = child->err, .events = POLLIN },
		};
		usec_t left = end - clock_monotonic();
		char data[256];
		ssize_t got;
		int ready;

		if (left <= 0 || poll(fds, 2, (int)(left / 1000) + 1) <= 0)
			break;
		ready = fds[0].revents ? 0 : 1;
		got = read(fds[ready].fd, data, sizeof(data));
		if (got <= 0)
			break;
		buf_add(ready == 0 ? ret_out : &errors, data, (size_t)got);
		if (strstr(buf_text(&errors), "KVM internal error") ||
		    strstr(buf_text(ret_out), "ok") ||
		    ret_out->size > STDOUT_MOST)
			break;
	}
	kill(-child->pid, SIGKILL);
}

/* Whether the guest said that it got there. */
static bool run_sector(const char *machine, const char *cpu, const char *add_fd)
{
	const char *const argv[] = {
		QEMU,
		"-machine",
		machine,
		"-cpu",
		cpu,
		"-m",
		"64",
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-no-reboot",
		"-sandbox",
		"on",
		"-add-fd",
		add_fd,
		"-blockdev",
		"driver=raw,node-name=d,file.driver=file,"
		"file.filename=/dev/fdset/1",
		"-device",
		"virtio-blk-pci,drive=d,bootindex=1",
		"-chardev",
		"stdio,id=c,signal=off",
		"-device",
		"isa-debugcon,iobase=0xe9,chardev=c",
		NULL,
	};
	int fd = -1;
	struct error ignored = { FAULT_NONE };
	auto_buf out = BUF_INIT;
	struct child child;

	if (sscanf(add_fd, "fd=%d", &fd) != 1 ||
	    !process_start(&(struct process){ .argv = argv,
					      .keep = &fd,
					      .keep_count = 1 },
			   &child, &ignored))
		return false;
	watch(&child, &out);
	/* it was killed, or died: that it failed says nothing */
	if (!process_finish(&child, NULL, &ignored))
		log_debug("probing KVM: %s", ignored.text);
	return strstr(buf_text(&out), "ok");
}

bool probe_guest(const char *accel, const char *cpu)
{
	auto_close int fd = sector_file();
	auto_free char *add_fd = format_text("fd=%d,set=1", fd);
	auto_free char *machine = format_text("q35,accel=%s", accel);

	return fd >= 0 && add_fd && machine && run_sector(machine, cpu, add_fd);
}
#else
bool probe_guest(const char *accel, const char *cpu)
{
	(void)accel;
	(void)cpu;
	return false;
}
#endif

enum kvm kvm_probe(void)
{
	return probe_guest("kvm", "host") ? KVM_WORKS : KVM_BROKEN;
}
