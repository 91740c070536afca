/* limits.c - the volume types of EC2 and what each allows
 *
 * One row per type and one function that reads it; whatever differs between
 * types is a number in the table, never a comparison of names.
 */
#include "images/limits.h"

#include <inttypes.h>
#include <string.h>

/* gp3 gives at most this many MiB/s for each of its IOPS: one in four. */
#define IOPS_PER_THROUGHPUT 4

struct row {
	struct volume_type type;
	int64_t iops_default_per_gib;
	int64_t iops_default_least;
	int64_t iops_default_most;
	int64_t throughput_default;
};

static const struct row rows[] = {
	{
		.type = { .name = "gp2",
			  .least = 1,
			  .most = 16384,
			  .bootable = true },
		.iops_default_per_gib = 3,
		.iops_default_least = 100,
		.iops_default_most = 16000,
	},
	{
		.type = { .name = "gp3",
			  .least = 1,
			  .most = 65536,
			  .iops_least = 3000,
			  .iops_most = 80000,
			  .iops_per_gib = 500,
			  .throughput_least = 125,
			  .throughput_most = 2000,
			  .bootable = true },
		.iops_default_least = 3000,
		.iops_default_most = 3000,
		.throughput_default = 125,
	},
	{
		.type = { .name = "io1",
			  .least = 4,
			  .most = 16384,
			  .iops_least = 100,
			  .iops_most = 64000,
			  .iops_per_gib = 50,
			  .iops_required = true,
			  .bootable = true },
	},
	{
		.type = { .name = "io2",
			  .least = 4,
			  .most = 65536,
			  .iops_least = 100,
			  .iops_most = 256000,
			  .iops_per_gib = 1000,
			  .iops_required = true,
			  .bootable = true },
	},
	{ .type = { .name = "st1", .least = 125, .most = 16384 } },
	{ .type = { .name = "sc1", .least = 125, .most = 16384 } },
	{
		.type = { .name = "standard",
			  .least = 1,
			  .most = 1024,
			  .bootable = true,
			  .previous = true },
	},
};

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].type.name, name) == 0)
			return &rows[i];
	return NULL;
}

const struct volume_type *volume_type_find(const char *name)
{
	const struct row *row = find(name);

	return row ? &row->type : NULL;
}

const struct volume_type *volume_type_each(size_t at)
{
	return at < sizeof(rows) / sizeof(rows[0]) ? &rows[at].type : NULL;
}

static bool check_size(const struct volume_type *type, int64_t size,
		       struct error *err)
{
	if (size < type->least)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume of %" PRId64 "GiB is too small for volume "
			    "type %s; minimum is %" PRId64 "GiB.",
			    size, type->name, type->least);
	if (size > type->most)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume of %" PRId64 "GiB is too large for volume "
			    "type %s; maximum is %" PRId64 "GiB.",
			    size, type->name, type->most);
	return true;
}

/* IOPS that were given, not 0. */
static bool check_iops(const struct volume_type *type, int64_t size,
		       int64_t iops, struct error *err)
{
	if (!type->iops_most)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter iops is not supported for %s "
			    "volumes.",
			    type->name);
	if (iops < type->iops_least)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume iops of %" PRId64 " is too low; minimum "
			    "is %" PRId64 ".",
			    iops, type->iops_least);
	if (iops > type->iops_most)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume iops of %" PRId64 " is too high; maximum "
			    "is %" PRId64 ".",
			    iops, type->iops_most);
	/* the least is everybody's: a gp3 of 1 GiB has its 3000 too */
	if (iops > type->iops_least && iops > size * type->iops_per_gib)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Iops to volume size ratio of %f is too high; "
			    "maximum is %" PRId64 ".",
			    (double)iops / (double)size, type->iops_per_gib);
	return true;
}

/* A throughput that was given, not 0, with the volume's final IOPS. */
static bool check_throughput(const struct volume_type *type, int64_t iops,
			     int64_t throughput, struct error *err)
{
	if (!type->throughput_most)
		return fail(err, FAULT_PARAMETER_COMBINATION,
			    "The parameter throughput is not supported for %s "
			    "volumes.",
			    type->name);
	if (throughput < type->throughput_least)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume throughput of %" PRId64 " is too low; "
			    "minimum is %" PRId64 ".",
			    throughput, type->throughput_least);
	if (throughput > type->throughput_most)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Volume throughput of %" PRId64 " is too high; "
			    "maximum is %" PRId64 ".",
			    throughput, type->throughput_most);
	if (throughput * IOPS_PER_THROUGHPUT > iops)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Throughput (MiBps) to iops ratio of %f is too "
			    "high; maximum is %f MiBps per iops.",
			    (double)throughput / (double)iops,
			    1.0 / IOPS_PER_THROUGHPUT);
	return true;
}

/* The IOPS that a volume has when none were asked for; 0: not counted. */
static int64_t default_iops(const struct row *row, int64_t size)
{
	int64_t iops = size * row->iops_default_per_gib;

	if (iops < row->iops_default_least)
		return row->iops_default_least;
	return iops > row->iops_default_most ? row->iops_default_most : iops;
}

bool volume_check(const char *name, int64_t size, int64_t *iops,
		  int64_t *throughput, struct error *err)
{
	const struct row *row = find(name);
	int64_t final_iops;

	if (!row)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Value (%s) for parameter volumeType is invalid.",
			    name);
	if (!check_size(&row->type, size, err))
		return false;
	if (!*iops && row->type.iops_required)
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The parameter iops must be specified for %s "
			    "volumes.",
			    name);
	if (*iops && !check_iops(&row->type, size, *iops, err))
		return false;
	final_iops = *iops ? *iops : default_iops(row, size);
	if (*throughput &&
	    !check_throughput(&row->type, final_iops, *throughput, err))
		return false;
	*iops = final_iops;
	if (!*throughput)
		*throughput = row->throughput_default;
	return true;
}

void volume_unasked(const char *type, int64_t size, int64_t *ret_iops,
		    int64_t *ret_throughput)
{
	const struct row *row = find(type);

	*ret_iops = row ? default_iops(row, size) : 0;
	*ret_throughput = row ? row->throughput_default : 0;
}
