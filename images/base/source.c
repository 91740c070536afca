/* source.c - the calls of every source, and the one that is a file
 *
 * A file's holes are asked for extent by extent and never remembered: the
 * kernel answers in less time than a list of them would take to search.
 */
#include "images/base/source.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_source {
	struct source source;
	int fd;
	const char *name;
};

static const struct file_source *file_of(const struct source *source)
{
	return (const struct file_source *)source;
}

static bool file_next(struct source *source, uint64_t offset,
		      uint64_t *ret_size, bool *ret_data, struct error *err)
{
	const struct file_source *file = file_of(source);
	off_t at = (off_t)offset;
	off_t data = lseek(file->fd, at, SEEK_DATA);
	off_t end = data == at ? lseek(file->fd, at, SEEK_HOLE) : data;

	if (end > at) {
		*ret_size = (uint64_t)(end - at);
		*ret_data = data == at;
		return true;
	}
	/* no data from here on; or a filesystem that cannot tell */
	if (errno != ENXIO && errno != EINVAL && errno != EOPNOTSUPP)
		return fail_errno(err, "cannot find the data of %s",
				  file->name);
	*ret_data = errno != ENXIO;
	*ret_size = source->size - offset;
	return true;
}

static bool file_read_at(struct source *source, void *ret_data, size_t size,
			 uint64_t offset, struct error *err)
{
	const struct file_source *file = file_of(source);
	char *to = ret_data;

	while (size) {
		ssize_t got = pread(file->fd, to, size, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "cannot read %s", file->name);
		if (got == 0)
			return fail(err, FAULT_INTERNAL,
				    "%s became shorter while it was read",
				    file->name);
		to += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

static void file_close(struct source *source)
{
	free(source);
}

static const struct source_ops file_ops = {
	.next = file_next,
	.read = file_read_at,
	.close = file_close,
};

bool source_open_file(int fd, const char *name, struct source **ret_source,
		      struct error *err)
{
	struct file_source *file;
	struct stat st;
	off_t size;

	if (fstat(fd, &st) != 0)
		return fail_errno(err, "cannot look at %s", name);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s is neither a file nor a disk", name);
	size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return fail_errno(err, "cannot find the size of %s", name);
	file = malloc(sizeof(*file));
	if (!file)
		return fail_memory(err);
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	*file = (struct file_source){
		.source = { &file_ops, (uint64_t)size },
		.fd = fd,
		.name = name,
	};
	*ret_source = &file->source;
	return true;
}

bool source_next(struct source *source, uint64_t offset, uint64_t *ret_size,
		 bool *ret_data, struct error *err)
{
	assert(offset < source->size);
	if (!source->ops->next(source, offset, ret_size, ret_data, err))
		return false;
	if (*ret_size > source->size - offset) /* a file that grew */
		*ret_size = source->size - offset;
	return true;
}

bool source_read(struct source *source, void *ret_data, size_t size,
		 uint64_t offset, struct error *err)
{
	assert(offset <= source->size && size <= source->size - offset);
	return source->ops->read(source, ret_data, size, offset, err);
}

void source_close(struct source *source)
{
	if (source)
		source->ops->close(source);
}
