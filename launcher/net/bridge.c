/* bridge.c - commands for nftables, run by its library
 *
 * The library is loaded at the first command, so that only who has a bridge
 * needs it. Each call is one transaction: all of its commands or none.
 */
#include "launcher/net/bridge.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "images/base/auto.h"
#include "images/base/library.h"
#include "images/base/log.h"

#define LIBRARY "libnftables.so.1"
#define METADATA_ADDRESS "169.254.169.254"

struct nft_ctx; /* the library's */

static struct nft_ctx *(*context_new)(uint32_t flags);
static void (*context_free)(struct nft_ctx *context);
static int (*buffer_error)(struct nft_ctx *context);
static const char *(*get_error)(struct nft_ctx *context);
static int (*run_commands)(struct nft_ctx *context, const char *commands);

static bool load(struct error *err)
{
	static const struct library_call calls[] = {
		{ "nft_ctx_new", &context_new },
		{ "nft_ctx_free", &context_free },
		{ "nft_ctx_buffer_error", &buffer_error },
		{ "nft_ctx_get_error_buffer", &get_error },
		{ "nft_run_cmd_from_buffer", &run_commands },
		{ 0 },
	};

	return library_load(LIBRARY, calls, err);
}

/* The first line of what the library complains about. */
static bool fail_nft(struct nft_ctx *context, struct error *err)
{
	const char *why = get_error(context);

	why = why ? why : "";
	return fail(err, FAULT_HOST, "nftables: %.*s", (int)strcspn(why, "\n"),
		    why);
}

static bool run(const struct buf *commands, struct error *err)
{
	struct nft_ctx *context;
	bool ok;

	if (commands->broken)
		return fail_memory(err);
	if (!load(err))
		return false;
	context = context_new(0);
	if (!context)
		return fail_memory(err);
	ok = buffer_error(context) == 0 &&
	     run_commands(context, buf_text(commands)) == 0;
	if (!ok)
		fail_nft(context, err);
	context_free(context);
	return ok;
}

/* Begins a chain anew, whether it is there or not. */
static void chain(const struct net_bridge *bridge, const char *name,
		  const char *hook, struct buf *text)
{
	buf_printf(text, "add chain inet %s %s", bridge->name, name);
	if (hook)
		buf_printf(text, " { type %s; policy accept; }", hook);
	buf_printf(text, "\nflush chain inet %s %s\n", bridge->name, name);
}

__attribute__((format(printf, 4, 5))) static void rule(
	const struct net_bridge *bridge, const char *in, struct buf *text,
	const char *format, ...)
{
	va_list args;

	buf_printf(text, "add rule inet %s %s ", bridge->name, in);
	va_start(args, format);
	buf_vprintf(text, format, args);
	va_end(args);
	buf_char(text, '\n');
}

/* What machines send to the host itself. The service is for them only: not for
 * whoever can send to the host from elsewhere. */
static void input(const struct net_bridge *bridge, struct buf *text)
{
	static const char *const name = "input";

	chain(bridge, name, "filter hook input priority filter", text);
	rule(bridge, name, text,
	     "iifname != \"%s\" ip daddr %s tcp dport %u drop", bridge->name,
	     bridge->gateway, bridge->metadata_port);
	rule(bridge, name, text, "iifname != \"%s\" accept", bridge->name);
	rule(bridge, name, text, "ct state established,related accept");
	rule(bridge, name, text, "meta nfproto ipv4 udp dport 67 accept");
	rule(bridge, name, text,
	     "ip daddr %s meta l4proto { tcp, udp } th dport 53 accept",
	     bridge->gateway);
	rule(bridge, name, text, "ip daddr %s tcp dport %u accept",
	     bridge->gateway, bridge->metadata_port);
	rule(bridge, name, text, "drop");
}

/* What the host passes on for machines. A frame with its own MAC that goes back
 * to the bridge has a machine as its end, whose filter would not see it. */
static void forward(const struct net_bridge *bridge, struct buf *text)
{
	static const char *const name = "forward";

	chain(bridge, name, "filter hook forward priority filter", text);
	rule(bridge, name, text,
	     "iifname \"%s\" oifname \"%s\" ether daddr %s drop", bridge->name,
	     bridge->name, bridge->mac);
	rule(bridge, name, text, "iifname \"%s\" ip daddr 169.254.0.0/16 drop",
	     bridge->name);
}

/* What the host itself sends to machines. */
static void output(const struct net_bridge *bridge, struct buf *text)
{
	static const char *const name = "output";

	buf_printf(text,
		   "add map inet %s machines "
		   "{ type ipv4_addr : verdict; }\n",
		   bridge->name);
	chain(bridge, name, "filter hook output priority filter", text);
	rule(bridge, name, text, "oifname != \"%s\" accept", bridge->name);
	rule(bridge, name, text, "ct state established,related accept");
	rule(bridge, name, text, "udp sport 67 accept");
	rule(bridge, name, text, "ip daddr vmap @machines");
	rule(bridge, name, text, "drop");
}

void net_bridge_table(const struct net_bridge *bridge, struct buf *ret_text)
{
	static const char *const name = "prerouting";

	buf_printf(ret_text, "add table inet %s\n", bridge->name);
	chain(bridge, name, "nat hook prerouting priority dstnat", ret_text);
	rule(bridge, name, ret_text,
	     "iifname \"%s\" ip daddr " METADATA_ADDRESS
	     " tcp dport 80 dnat ip to %s:%u",
	     bridge->name, bridge->gateway, bridge->metadata_port);
	input(bridge, ret_text);
	forward(bridge, ret_text);
	output(bridge, ret_text);
}

bool net_bridge_open(const struct net_bridge *bridge, struct error *err)
{
	auto_buf text = BUF_INIT;

	net_bridge_table(bridge, &text);
	return run(&text, err);
}

static bool covers(const struct net_rule *rule, const char *address)
{
	struct in_addr peer;
	uint32_t mask = rule->prefix ? ~0U << (32 - rule->prefix) : 0;

	return inet_pton(AF_INET, address, &peer) == 1 &&
	       (ntohl(peer.s_addr) & mask) == (rule->address & mask);
}

/* Only what has ports or types is asked for them: TCP, UDP, SCTP, UDP-Lite. */
static void admission(const struct net_bridge *bridge, const char *id,
		      const struct net_rule *allowed, struct buf *text)
{
	int protocol = allowed->protocol, from = allowed->from;
	bool ports = protocol == 6 || protocol == 17 || protocol == 132 ||
		     protocol == 136;

	if (protocol < 0)
		rule(bridge, id, text, "accept");
	else if (ports && from >= 0)
		rule(bridge, id, text, "meta l4proto %d th dport %d-%d accept",
		     protocol, from, allowed->to < from ? from : allowed->to);
	else if (protocol == 1 && from >= 0 && allowed->to >= 0)
		rule(bridge, id, text, "icmp type %d icmp code %d accept", from,
		     allowed->to);
	else if (protocol == 1 && from >= 0)
		rule(bridge, id, text, "icmp type %d accept", from);
	else
		rule(bridge, id, text, "meta l4proto %d accept", protocol);
}

void net_bridge_rules(const struct net_bridge *bridge, const char *id,
		      const char *address, const struct net_rule *rules,
		      size_t count, struct buf *ret_text)
{
	chain(bridge, id, NULL, ret_text);
	for (size_t i = 0; i < count; i++)
		if (covers(&rules[i], "127.0.0.1") ||
		    covers(&rules[i], bridge->gateway))
			admission(bridge, id, &rules[i], ret_text);
	buf_printf(ret_text, "add element inet %s machines { %s : jump %s }\n",
		   bridge->name, address, id);
}

/* Runs a command that fails where there is nothing to be done. */
__attribute__((format(printf, 1, 2))) static void attempt(const char *format,
							  ...)
{
	auto_buf text = BUF_INIT;
	struct error err = { FAULT_NONE };
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	if (!run(&text, &err))
		log_debug("%s", err.text);
}

static void forget_address(const struct net_bridge *bridge, const char *address)
{
	attempt("delete element inet %s machines { %s }\n", bridge->name,
		address);
}

bool net_bridge_admit(const struct net_bridge *bridge, const char *id,
		      const char *address, const struct net_rule *rules,
		      size_t count, struct error *err)
{
	auto_buf text = BUF_INIT;
	struct error first = { FAULT_NONE };

	net_bridge_rules(bridge, id, address, rules, count, &text);
	if (run(&text, &first))
		return true;
	/* the address may still lead to the rules of who had it before */
	forget_address(bridge, address);
	return run(&text, err);
}

void net_bridge_expel(const struct net_bridge *bridge, const char *id,
		      const char *address)
{
	forget_address(bridge, address);
	attempt("delete chain inet %s %s\n", bridge->name, id);
}

/* A DHCPRELEASE (RFC 2131, 4.4.6), from the gateway's own interface: it is that
 * by which the server knows which of its networks is meant. */
static size_t write_release(const uint8_t mac[6], struct in_addr address,
			    struct in_addr server, uint8_t packet[300])
{
	static const uint8_t options[] = { 0x63, 0x82, 0x53, 0x63, /* cookie */
					   53,	 1,    7,    54,   4 };
	uint8_t *at = packet + 236;

	memset(packet, 0, 300);
	packet[0] = 1; /* a request */
	packet[1] = 1; /* Ethernet, whose … */
	packet[2] = 6; /* … addresses have so many bytes */
	memcpy(packet + 12, &address, 4);
	memcpy(packet + 28, mac, 6);
	memcpy(at, options, sizeof(options));
	memcpy(at + sizeof(options), &server, 4);
	at[sizeof(options) + 4] = 255;
	return 300;
}

bool net_bridge_release(const struct net_bridge *bridge, const char *mac,
			const char *address, struct error *err)
{
	auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in server = { .sin_family = AF_INET,
				      .sin_port = htons(67) };
	struct in_addr client;
	uint8_t bytes[6], packet[300];
	size_t size;

	if (inet_pton(AF_INET, bridge->gateway, &server.sin_addr) != 1 ||
	    inet_pton(AF_INET, address, &client) != 1 ||
	    sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &bytes[0],
		   &bytes[1], &bytes[2], &bytes[3], &bytes[4], &bytes[5]) != 6)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "%s or %s is no address", mac, address);
	size = write_release(bytes, client, server.sin_addr, packet);
	return (fd >= 0 &&
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, bridge->name,
			   (socklen_t)strlen(bridge->name)) == 0 &&
		sendto(fd, packet, size, 0, (struct sockaddr *)&server,
		       sizeof(server)) == (ssize_t)size) ||
	       fail_errno(err, "cannot end the lease of %s", address);
}

bool net_bridge_close(const struct net_bridge *bridge, struct error *err)
{
	auto_buf text = BUF_INIT;

	buf_printf(&text, "add table inet %s\ndelete table inet %s\n",
		   bridge->name, bridge->name);
	return run(&text, err);
}

bool net_bridge_usable(char **ret_found)
{
	auto_buf text = BUF_INIT;
	struct error err = { FAULT_NONE };
	bool usable;

	buf_str(&text, "list tables\n");
	usable = run(&text, &err);
	*ret_found = strdup(usable ? LIBRARY " is there" : err.text);
	return usable;
}

/* /proc/net/route has addresses as the host's memory does. */
char *net_metadata_route(void)
{
	FILE *routes = fopen("/proc/net/route", "re");
	char line[256], name[32];
	unsigned destination, mask;
	struct in_addr wanted;
	char *found = NULL;

	inet_pton(AF_INET, METADATA_ADDRESS, &wanted);
	while (routes && !found && fgets(line, sizeof(line), routes))
		if (sscanf(line, "%31s %x %*x %*x %*d %*d %*d %x", name,
			   &destination, &mask) == 3 &&
		    mask != 0 && (wanted.s_addr & mask) == destination)
			found = strdup(name);
	if (routes)
		fclose(routes);
	return found;
}
