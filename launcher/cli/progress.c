/* progress.c - elapsed stamps and a bar
 *
 * The terminal's width is asked for at every drawing, so that a window made
 * smaller needs no signal handler.
 */
#include "launcher/cli/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "launcher/cli/terminal.h"

#define REDRAW (USEC_PER_SEC / 10)
#define LINE_MOST 256

void size_text(uint64_t bytes, char ret_text[SIZE_TEXT_SIZE])
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes;
	int unit = -1;

	while (value >= 1024 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	if (unit < 0)
		snprintf(ret_text, SIZE_TEXT_SIZE, "%d B", (int)bytes);
	else
		snprintf(ret_text, SIZE_TEXT_SIZE,
			 value < 9.95 ? "%.1f %ciB" : "%.0f %ciB", value,
			 units[unit]);
}

static double elapsed(const struct progress *progress)
{
	return (double)(clock_monotonic() - progress->start) / USEC_PER_SEC;
}

static void clear_bar(struct progress *progress)
{
	if (progress->bar)
		fputs("\r\033[K", stderr);
	progress->bar = false;
}

static void on_stage(void *data, const char *text)
{
	struct progress *progress = data;

	if (progress->silent)
		return;
	clear_bar(progress);
	fprintf(stderr, progress->color ? "\033[2m[%4.1f]\033[0m " : "[%4.1f] ",
		elapsed(progress));
	terminal_text(text, stderr);
	putc('\n', stderr);
}

static void on_progress(void *data, uint64_t done, uint64_t total)
{
	struct progress *progress = data;
	usec_t now = clock_monotonic();
	char have[SIZE_TEXT_SIZE], all[SIZE_TEXT_SIZE];
	char bar[LINE_MOST], line[2 * LINE_MOST];
	int width = terminal_width(STDERR_FILENO, 80);
	double share = total ? (double)done / (double)total : 0;
	int room;

	if (progress->silent ||
	    (progress->bar && now - progress->drawn < REDRAW && done < total))
		return;
	progress->drawn = now;
	progress->bar = true;
	size_text(done, have);
	size_text(total, all);
	/* what stands beside the bar takes 36 columns */
	room = width - 37 < 40 ? width - 37 : 40;
	if (room < 0)
		room = 0;
	memset(bar, ' ', sizeof(bar));
	memset(bar, '#', (size_t)(share * room));
	snprintf(line, sizeof(line), "[%4.1f] %3d%% [%.*s] %s of %s",
		 elapsed(progress), (int)(share * 100), room, bar, have, all);
	fprintf(stderr, "\r%.*s\033[K", width > 1 ? width - 1 : 79, line);
	fflush(stderr);
}

/* A line that vanishes as a bar does. */
static void on_waiting(void *data, const char *what)
{
	struct progress *progress = data;

	if (progress->silent)
		return;
	clear_bar(progress);
	progress->bar = true;
	fprintf(stderr, "[%4.1f] waiting for %s", elapsed(progress), what);
	fflush(stderr);
}

void progress_attach(struct progress *progress, struct call *call, int color)
{
	*progress = (struct progress){
		.start = clock_monotonic(),
		.silent = !isatty(STDERR_FILENO),
		.color = color >= 0,
	};
	call->stage = on_stage;
	call->waiting = on_waiting;
	call->progress = on_progress;
	call->watch_data = progress;
}

void progress_detach(struct progress *progress, struct call *call)
{
	clear_bar(progress);
	fflush(stderr);
	call->stage = NULL;
	call->waiting = NULL;
	call->progress = NULL;
	call->watch_data = NULL;
}

void progress_stage(struct progress *progress, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	on_stage(progress, text);
}
