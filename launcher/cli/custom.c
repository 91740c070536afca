/* custom.c - the command line's own options
 *
 * They build the API's parameters before anything is checked, so that help and
 * errors about values speak of the API's names only where those were typed.
 */
#include "launcher/cli/custom.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool set_new(json_t *object, const char *name, json_t *value,
		    struct buf *complaint)
{
	if (json_object_set_new(object, name, value) == 0)
		return true;
	buf_str(complaint, "out of memory, or a text that is not UTF-8");
	return false;
}

/* The structure (or the first of the list of them) of that name, made if it is
 * not there; NULL when it is something else. Borrowed. */
static json_t *inner(json_t *object, const char *name, bool list,
		     bool *ret_fresh)
{
	json_t *value = json_object_get(object, name);

	*ret_fresh = !value;
	if (!value) {
		value = list ? json_pack("[{}]") : json_object();
		json_object_set_new(object, name, value);
	}
	if (list)
		value = json_array_get(value, 0);
	return json_is_object(value) ? value : NULL;
}

static bool apply_count(json_t *root, const struct custom *custom,
			const char *const *texts, size_t count,
			struct buf *complaint)
{
	char *end;
	long least, most;

	(void)custom;
	(void)count;
	errno = 0;
	least = most = strtol(texts[0], &end, 10);
	if (end != texts[0] && *end == ':' && end[1])
		most = strtol(end + 1, &end, 10);
	if (end == texts[0] || *end || errno) {
		buf_str(complaint, "count parameter should be of form "
				   "min[:max] (e.g. 1 or 1:10)");
		return false;
	}
	return set_new(root, "MinCount", json_integer(least), complaint) &&
	       set_new(root, "MaxCount", json_integer(most), complaint);
}

/* A member of the first network interface. */
static bool apply_interface(json_t *root, const struct custom *custom,
			    const char *const *texts, size_t count,
			    struct buf *complaint)
{
	bool fresh;
	json_t *interface = inner(root, "NetworkInterfaces", true, &fresh);
	json_t *value;
	char *end;

	/* the mark says that such an option made it; custom_finish() takes it
	 * away */
	if (!interface || (!fresh && !json_object_get(interface, "\001"))) {
		buf_str(complaint, "Mixing the --network-interfaces option "
				   "with the simple, scalar options is not "
				   "supported.");
		return false;
	}
	if (fresh &&
	    (!set_new(interface, "\001", json_true(), complaint) ||
	     !set_new(interface, "DeviceIndex", json_integer(0), complaint)))
		return false;
	if (custom->kind == CUSTOM_SWITCH) {
		value = json_boolean(strncmp(custom->name, "no-", 3) != 0);
	} else if (custom->kind == CUSTOM_VALUE) {
		value = json_integer(strtol(texts[0], &end, 10));
		if (*end || !*texts[0]) {
			json_decref(value);
			buf_printf(complaint,
				   "argument --%s: invalid int value: '%s'",
				   custom->name, texts[0]);
			return false;
		}
	} else {
		value = json_array();
		for (size_t i = 0; i < count; i++)
			json_array_append_new(
				value, json_pack("{s:s,s:b}",
						 "PrivateIpAddress", texts[i],
						 "Primary", 0));
	}
	return set_new(interface, custom->member, value, complaint);
}

/* A member of BundleInstance's Storage.S3. */
static bool apply_storage(json_t *root, const struct custom *custom,
			  const char *const *texts, size_t count,
			  struct buf *complaint)
{
	bool fresh;
	json_t *storage = inner(root, "Storage", false, &fresh);
	json_t *s3 = storage ? inner(storage, "S3", false, &fresh) : NULL;

	(void)count;
	if (!s3) {
		buf_str(complaint, "Mixing the --storage option with the "
				   "simple, scalar options is not "
				   "recommended.");
		return false;
	}
	return set_new(s3, custom->member, json_string(texts[0]), complaint);
}

static bool set_ports(json_t *permission, const char *text,
		      struct buf *complaint)
{
	char *end;
	long from = strtol(text, &end, 10), to = from;

	if (strcmp(text, "all") == 0)
		from = to = -1, end = strchr(text, 0);
	else if (end != text && *end == '-' && end[1])
		to = strtol(end + 1, &end, 10);
	if (*end || !*text) {
		buf_str(complaint, "port parameter should be of the form "
				   "<from[-to]> (e.g. 22 or 22-25)");
		return false;
	}
	return set_new(permission, "FromPort", json_integer(from), complaint) &&
	       set_new(permission, "ToPort", json_integer(to), complaint);
}

/* A member of the first of IpPermissions; ranges and groups are lists. */
static bool apply_permission(json_t *root, const struct custom *custom,
			     const char *const *texts, size_t count,
			     struct buf *complaint)
{
	const char *member = custom->member, *text = texts[0];
	bool fresh;
	json_t *first = inner(root, "IpPermissions", true, &fresh);

	(void)count;
	if (!first) {
		buf_printf(complaint,
			   "The --%s option is not compatible with the "
			   "--ip-permissions option ",
			   custom->name);
		return false;
	}
	if (strcmp(member, "FromPort") == 0)
		return set_ports(first, text, complaint);
	if (strcmp(member, "IpProtocol") == 0 && strcmp(text, "all") == 0)
		text = "-1";
	else if (strcmp(member, "CidrIp") == 0)
		first = inner(first, "IpRanges", true, &fresh);
	else if (strcmp(member, "IpProtocol") != 0)
		first = inner(first, "UserIdGroupPairs", true, &fresh);
	if (strcmp(member, "GroupId") == 0 && strncmp(text, "sg-", 3) != 0)
		member = "GroupName";
	return set_new(first, member, json_string(text), complaint);
}

#define INTERFACE(name, kind, value, member, brief)                            \
	{ "RunInstances", name, kind, value, brief, apply_interface,           \
	  "NetworkInterfaces", member }
#define STORAGE(name, value, member, brief)                                    \
	{ "BundleInstance", name, CUSTOM_VALUE, value, brief, apply_storage,   \
	  "Storage", member }
#define PERMISSION(action, name, value, member, brief)                         \
	{ action, name, CUSTOM_VALUE, value, brief, apply_permission,          \
	  "IpPermissions", member }
#define PERMISSIONS(action)                                                    \
	PERMISSION(action, "protocol", "NAME", "IpProtocol",                   \
		   "tcp, udp, icmp, a number or all"),                         \
	PERMISSION(action, "port", "FROM[-TO]", "FromPort",                    \
		   "the ports, or all"),                                       \
	PERMISSION(action, "cidr", "RANGE", "CidrIp", "the addresses"),        \
	PERMISSION(action, "source-group", "GROUP", "GroupId",                 \
		   "the group it comes from"),                                 \
	PERMISSION(action, "group-owner", "ACCOUNT", "UserId",                 \
		   "whose group that is")

const struct custom custom_table[] = {
	{ "RunInstances", "count", CUSTOM_VALUE, "MIN[:MAX]",
	  "how many instances to launch; 1 unless said", apply_count,
	  "MinCount" },
	INTERFACE("associate-public-ip-address", CUSTOM_SWITCH, NULL,
		  "AssociatePublicIpAddress", "give it a public address"),
	INTERFACE("no-associate-public-ip-address", CUSTOM_SWITCH, NULL,
		  "AssociatePublicIpAddress", "give it no public address"),
	INTERFACE("secondary-private-ip-addresses", CUSTOM_LIST, "ADDRESS",
		  "PrivateIpAddresses", "further addresses inside"),
	INTERFACE("secondary-private-ip-address-count", CUSTOM_VALUE, "N",
		  "SecondaryPrivateIpAddressCount",
		  "how many further addresses inside"),
	STORAGE("bucket", "NAME", "Bucket", "where the bundle goes"),
	STORAGE("prefix", "TEXT", "Prefix", "how its files' names begin"),
	STORAGE("owner-akid", "KEY", "AWSAccessKeyId",
		"access key of the bucket's owner"),
	STORAGE("owner-sak", "SECRET", "UploadPolicySignature",
		"taken for compatibility, signs nothing here"),
	STORAGE("policy", "BASE64", "UploadPolicy",
		"taken for compatibility, limits nothing here"),
	PERMISSIONS("AuthorizeSecurityGroupIngress"),
	PERMISSIONS("AuthorizeSecurityGroupEgress"),
	PERMISSIONS("RevokeSecurityGroupIngress"),
	PERMISSIONS("RevokeSecurityGroupEgress"),
	{ 0 },
};

bool custom_offered(const struct custom *custom, const struct action *action)
{
	if (strcmp(custom->action, action->name) != 0)
		return false;
	for (const struct param *p = action->params; p && p->name; p++)
		if (strcmp(p->name, custom->param) == 0)
			return true;
	return false;
}

bool custom_hides(const struct action *action, const struct param *param)
{
	return strcmp(action->name, "RunInstances") == 0 &&
	       (strcmp(param->name, "MinCount") == 0 ||
		strcmp(param->name, "MaxCount") == 0);
}

/* Moves a parameter into the interface; the API wants it in one place only. */
static void move_in(json_t *root, const char *from, json_t *interface,
		    const char *to)
{
	json_t *value = json_object_get(root, from);

	if (value)
		json_object_set(interface, to, value);
	json_object_del(root, from);
}

static void finish_interface(json_t *root, json_t *interface)
{
	json_t *address = json_object_get(root, "PrivateIpAddress");

	json_object_del(interface, "\001");
	if (!json_object_get(interface, "PrivateIpAddresses") &&
	    !json_object_get(interface, "SecondaryPrivateIpAddressCount") &&
	    !json_object_get(interface, "AssociatePublicIpAddress"))
		return;
	move_in(root, "SubnetId", interface, "SubnetId");
	move_in(root, "SecurityGroupIds", interface, "Groups");
	move_in(root, "Ipv6AddressCount", interface, "Ipv6AddressCount");
	move_in(root, "Ipv6Addresses", interface, "Ipv6Addresses");
	if (!address)
		return;
	json_object_set_new(interface, "PrivateIpAddresses",
			    json_pack("[{s:O,s:b}]", "PrivateIpAddress",
				      address, "Primary", 1));
	json_object_del(root, "PrivateIpAddress");
}

bool custom_finish(const struct action *action, json_t *root)
{
	static const char *const counts[] = { "MaxCount", "MinCount" };
	json_t *interface =
		json_array_get(json_object_get(root, "NetworkInterfaces"), 0);

	if (strcmp(action->name, "RunInstances") != 0)
		return true;
	if (json_is_object(interface))
		finish_interface(root, interface);
	for (size_t i = 0; i < 2; i++)
		if (!json_object_get(root, counts[i]) &&
		    json_object_set_new(root, counts[i], json_integer(1)) != 0)
			return false;
	return true;
}

static const char *const aliases[][2] = {
	{ "reboot", "no-no-reboot" },
	{ "enable-api-termination", "no-disable-api-termination" },
	{ "ingress", "no-egress" },
};

const char *custom_real_name(const char *alias)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i][0], alias) == 0)
			return aliases[i][1];
	return NULL;
}

const char *custom_alias(const char *real_name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strcmp(aliases[i][1], real_name) == 0)
			return aliases[i][0];
	return NULL;
}
