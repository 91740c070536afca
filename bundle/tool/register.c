/* register.c - ec2-register: a bundle in a bucket becomes an image */
#include "bundle/tool/register.h"

#include <string.h>

#include "bundle/answer.h"
#include "bundle/query.h"

#define MANIFEST ".manifest.xml"

const struct param tool_register_params[] = {
	TOOL_PARAM_REGISTER,
	{ "AccessKey", PARAM_STRING, PARAM_SECRET, NULL,
	  "your key's id (better: AWS_ACCESS_KEY_ID)", NULL, NULL, 'O' },
	{ "SecretKey", PARAM_STRING, PARAM_SECRET, NULL,
	  "its secret (better: AWS_SECRET_ACCESS_KEY)", NULL, NULL, 'W' },
	{ "SessionToken", PARAM_STRING, PARAM_SECRET, NULL,
	  "of temporary keys (better: AWS_SESSION_TOKEN)" },
	{ "Url", PARAM_STRING, 0, NULL,
	  "the endpoint: http://HOST:PORT (also EC2_URL)", NULL, NULL, 'U' },
	{ "Region", PARAM_STRING, 0, NULL, "the endpoint's (also AWS_REGION)" },
	{ 0 },
};

const enum fault tool_register_faults[] = {
	FAULT_INVALID_MANIFEST, FAULT_IMAGE_NAME_DUPLICATE,
	FAULT_IMAGE_NAME_MALFORMED, FAULT_BLOCK_DEVICE_MAPPING,
	FAULT_AUTH_FAILURE, FAULT_UNAVAILABLE, FAULT_NONE
};

/* The form's fields, all in the arena. */
struct form {
	struct arena *arena;
	struct sigv4_pair *pairs;
	size_t count;
	bool broken; /* memory ran out */
};

/* Adds a field that has a value. */
static void add(struct form *form, const char *name, const char *value)
{
	if (!value || form->broken)
		return;
	form->pairs = arena_more(form->arena, form->pairs, form->count,
				 sizeof(*form->pairs));
	form->broken = !form->pairs || !name;
	if (!form->broken)
		form->pairs[form->count++] = (struct sigv4_pair){ name, value };
}

static void add_member(struct form *form, size_t number, const char *member,
		       const char *value)
{
	add(form,
	    arena_format(form->arena, "BlockDeviceMapping.%zu.%s", number,
			 member),
	    value);
}

const char *tool_register_name(const char *location, size_t *ret_size)
{
	size_t size, end = strlen(MANIFEST);

	if (strncmp(location, "s3://", 5) == 0)
		location += 5;
	location += strspn(location, "/");
	size = strlen(location);
	if (size > end && strcmp(location + size - end, MANIFEST) == 0)
		size -= end;
	*ret_size = size;
	return location;
}

char *tool_register_field(char **rest)
{
	char *one = *rest ? strsep(rest, ":") : NULL;

	return one && *one ? one : NULL;
}

/* "[SNAPSHOT]:[GIB]:[true|false]:[TYPE]:[IOPS]" */
static void add_ebs(struct form *form, size_t number, char *text)
{
	static const char *const members[] = { "Ebs.SnapshotId",
					       "Ebs.VolumeSize",
					       "Ebs.DeleteOnTermination",
					       "Ebs.VolumeType", "Ebs.Iops" };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		add_member(form, number, members[i],
			   tool_register_field(&text));
}

/* One mapping: "/dev/sdb=ephemeral0", "/dev/sdc=none", "/dev/sdf=:10". */
static bool add_mapping(struct form *form, size_t number, const char *text,
			struct error *err)
{
	char *device = arena_str(form->arena, text);
	char *what = device ? strchr(device, '=') : NULL;

	if (!device)
		return fail_memory(err);
	if (!what || what == device || !what[1])
		return fail(err, FAULT_BLOCK_DEVICE_MAPPING,
			    "'%.60s' is no mapping: one is DEVICE=ephemeral0, "
			    "DEVICE=none or DEVICE=SNAPSHOT:GIB:true:TYPE",
			    text);
	*what++ = 0;
	add_member(form, number, "DeviceName", device);
	if (strcmp(what, "none") == 0)
		add_member(form, number, "NoDevice", "");
	else if (strncmp(what, "ephemeral", 9) == 0)
		add_member(form, number, "VirtualName", what);
	else
		add_ebs(form, number, what);
	return true;
}

static bool fill(const struct tool_args *args, struct form *form,
		 struct error *err)
{
	static const char *const same[][2] = {
		{ "Manifest", "ImageLocation" },
		{ "Description", "Description" },
		{ "Architecture", "Architecture" },
		{ "Kernel", "KernelId" },
		{ "Ramdisk", "RamdiskId" },
		{ "RootDeviceName", "RootDeviceName" },
		{ "VirtualizationType", "VirtualizationType" },
	};
	const char *name = tool_text(args, "Name");
	const char *const *mappings;
	size_t count, size;

	add(form, "Action", "RegisterImage");
	add(form, "Version", QUERY_VERSION);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		add(form, same[i][1], tool_text(args, same[i][0]));
	if (!name) {
		name = tool_register_name(tool_text(args, "Manifest"), &size);
		name = arena_format(form->arena, "%.*s", (int)size, name);
		form->broken |= !name;
	}
	add(form, "Name", name);
	if (!tool_list(tool_text(args, "BlockDeviceMapping"), form->arena,
		       &mappings, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!add_mapping(form, i + 1, mappings[i], err))
			return false;
	return !form->broken || fail_memory(err);
}

bool tool_register(const struct tool_args *args, const struct tool_host *host,
		   struct buf *ret_out, struct error *err)
{
	static const char *const url[] = { "EC2_URL", "AWS_ENDPOINT_URL_EC2",
					   "AWS_ENDPOINT_URL", NULL };
	auto_of(arena) arena = arena_new();
	struct form form = { .arena = arena };
	auto_buf answer = BUF_INIT;
	struct bucket_server server;
	const char *id;

	(void)host;
	if (!arena)
		return fail_memory(err);
	if (!tool_text(args, "Manifest"))
		return fail(err, FAULT_MISSING_PARAMETER,
			    "what is to be registered? Give a manifest in a "
			    "bucket: BUCKET/NAME" MANIFEST);
	if (!tool_setting(args, "Url", url))
		return fail(err, FAULT_MISSING_PARAMETER,
			    "where is it to be registered? Give --url, or set "
			    "AWS_ENDPOINT_URL");
	if (!fill(args, &form, err) ||
	    !tool_server(args, url, arena, &server, err) ||
	    !query_send(&server, form.pairs, form.count, &answer, err) ||
	    !answer_image(&answer, arena, &id, err))
		return false;
	buf_printf(ret_out, "IMAGE\t%s\n", id);
	return true;
}
