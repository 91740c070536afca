/* template.c - launch templates in a request and a reply
 *
 * What a version says is answered by the rows it was checked against, so that
 * there is no second list of its members.
 */
#include "launcher/action/noun/template.h"

#include <ctype.h>
#include <string.h>

#include "launcher/action/identity.h"
#include "launcher/action/launching.h"
#include "launcher/action/noun/tags.h"
#include "launcher/instance/launchparams.h"

struct template_choice args_template(const struct args *args,
				     const char *version)
{
	return (struct template_choice){
		.id = args_str(args, "LaunchTemplateId", NULL),
		.name = args_str(args, "LaunchTemplateName", NULL),
		.version = version ? args_str(args, version, NULL) : NULL,
	};
}

bool args_template_request(const struct call *call, const struct args *args,
			   struct arena *arena,
			   struct template_request *ret_request,
			   struct error *err)
{
	const json_t *data = args_get(args, "LaunchTemplateData");
	struct identity identity;
	struct launch launch;

	if (!json_object_size(data))
		return fail(err, FAULT_MISSING_PARAMETER,
			    "The request must contain the parameter "
			    "LaunchTemplateData");
	if (!launch_read(data, arena, &launch, err) ||
	    !identity_read(call, arena, &identity, err))
		return false;
	*ret_request = (struct template_request){
		.description = args_str(args, "VersionDescription", NULL),
		.creator = identity.arn,
		.data = data,
	};
	return true;
}

bool reply_template(struct db *db, const struct launch_template *template,
		    struct node *into, struct error *err)
{
	node_str(into, "LaunchTemplateId", "launchTemplateId", template->id);
	node_str(into, "LaunchTemplateName", "launchTemplateName",
		 template->name);
	node_time(into, "CreateTime", "createTime", template->created);
	node_str(into, "CreatedBy", "createdBy", template->creator);
	node_int(into, "DefaultVersionNumber", "defaultVersionNumber",
		 template->default_version);
	node_int(into, "LatestVersionNumber", "latestVersionNumber",
		 template->latest_version);
	return reply_tags(db, template->id, false, into, err);
}

/* What a member is called in an answer: "blockDeviceMappingSet" for
 * "BlockDeviceMapping" of a request. */
static const char *wire_name(const struct param *param, struct arena *arena)
{
	const char *name = param->wire ? param->wire : param->name;
	bool list = param->flags & PARAM_LIST;
	char *wire;

	if (strcmp(param->name, "Groups") == 0)
		return "groupSet";
	wire = arena_format(arena, "%s%s", name, list ? "Set" : "");
	if (wire)
		*wire = (char)tolower((unsigned char)*wire);
	return wire;
}

static void reply_members(const struct param *params, const json_t *object,
			  struct node *into);

static void reply_list(const struct param *param, const json_t *list,
		       struct node *into)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (param->type == PARAM_STRUCT)
			reply_members(param->members, one, node_item(into));
		else
			node_item_str(into, json_string_value(one));
}

static void reply_member(const struct param *param, const json_t *value,
			 const char *wire, struct node *into)
{
	const char *name = param->name;

	if (param->flags & PARAM_LIST)
		reply_list(param, value, node_list(into, name, wire));
	else if (param->type == PARAM_STRUCT)
		reply_members(param->members, value,
			      node_struct(into, name, wire));
	else if (json_is_boolean(value))
		node_bool(into, name, wire, json_is_true(value));
	else if (json_is_integer(value))
		node_int(into, name, wire, json_integer_value(value));
	else
		node_str(into, name, wire, json_string_value(value));
}

static void reply_members(const struct param *params, const json_t *object,
			  struct node *into)
{
	for (const struct param *p = params; p->name; p++) {
		const json_t *value = json_object_get(object, p->name);
		const char *wire = wire_name(p, into->reply->arena);

		if (!wire)
			into->reply->broken = true;
		else if (value)
			reply_member(p, value, wire, into);
	}
}

void reply_template_data(const json_t *data, struct node *into)
{
	reply_members(params_template_data, data, into);
}

bool reply_template_version(const struct template_version *version,
			    struct node *into, struct error *err)
{
	json_t *data = template_data(version, err);

	if (!data)
		return false;
	node_str(into, "LaunchTemplateId", "launchTemplateId",
		 version->template);
	node_str(into, "LaunchTemplateName", "launchTemplateName",
		 version->name);
	node_int(into, "VersionNumber", "versionNumber", version->number);
	node_str(into, "VersionDescription", "versionDescription",
		 version->description);
	node_time(into, "CreateTime", "createTime", version->created);
	node_str(into, "CreatedBy", "createdBy", version->creator);
	node_bool(into, "DefaultVersion", "defaultVersion",
		  version->is_default);
	reply_members(
		params_template_data, data,
		node_struct(into, "LaunchTemplateData", "launchTemplateData"));
	json_decref(data);
	return true;
}
