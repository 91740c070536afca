/* record.c - one line a request, made harmless and cut */
#include "launcher/metadata/record.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "images/base/auto.h"
#include "images/base/buf.h"
#include "images/base/log.h"

#define PATH_MOST 128
#define AGENT_MOST 64

void record_open(const struct store *store, const char *instance, bool go_on,
		 struct record *ret_record)
{
	auto_free char *path =
		store_path(store, "instances/%s/" RECORD_NAME, instance);
	struct stat st;
	int fd = path ? open(path,
			     O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
				     O_NOFOLLOW | (go_on ? 0 : O_TRUNC),
			     0600) :
			-1;

	*ret_record = (struct record){ .fd = fd };
	if (fd >= 0 && fstat(fd, &st) == 0)
		ret_record->size = (size_t)st.st_size;
	else
		log_warning("the requests of %s are not noted: %m", instance);
}

void record_close(struct record *record)
{
	if (record->fd >= 0)
		close(record->fd);
	record->fd = -1;
}

/* What others send is shown as far as it can be printed. */
static void add_text(struct buf *line, const char *text, size_t most)
{
	if (!*text)
		buf_char(line, '-');
	for (size_t i = 0; text[i] && i < most; i++)
		buf_char(line, text[i] < ' ' || text[i] > '~' ? '?' : text[i]);
}

void record_request(struct record *record, const struct request *request,
		    unsigned status, usec_t now)
{
	auto_buf line = BUF_INIT;
	char time[TIME_SIZE];

	if (record->fd < 0)
		return;
	time_format(now, time);
	buf_printf(&line, "%s %s ", time, request ? request->method : "-");
	add_text(&line, request ? request->target : "-", PATH_MOST);
	buf_printf(&line, " %u ", status);
	add_text(&line, request ? request->agent : "", AGENT_MOST);
	buf_char(&line, '\n');
	if (line.broken || record->size + line.size > RECORD_MOST ||
	    write(record->fd, line.data, line.size) != (ssize_t)line.size) {
		/* a line that is missing is the last one */
		record_close(record);
		return;
	}
	record->size += line.size;
}
