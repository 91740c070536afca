/* bridge.c - what nftables is told about a bridge */
#include "launcher/net/bridge.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct net_bridge bridge = {
	.name = "qami-0123abcd",
	.mac = "52:54:00:23:ab:cd",
	.gateway = "172.31.0.1",
	.metadata_port = 16925,
};

#define HOST 0x7f000001
#define GATEWAY 0xac1f0001
#define TABLE "inet qami-0123abcd "

static void same(const struct buf *got, const char *wanted)
{
	if (strcmp(buf_text(got), wanted) == 0)
		return;
	fprintf(stderr, "wanted:\n%sgot:\n%s", wanted, buf_text(got));
	assert(false);
}

static void check_table(void)
{
	auto_buf text = BUF_INIT;

	net_bridge_table(&bridge, &text);
	same(&text,
	     "add table inet qami-0123abcd\n"
	     "add chain " TABLE "prerouting { type nat hook prerouting "
	     "priority dstnat; policy accept; }\n"
	     "flush chain " TABLE "prerouting\n"
	     "add rule " TABLE "prerouting iifname \"qami-0123abcd\" ip daddr "
	     "169.254.169.254 tcp dport 80 dnat ip to 172.31.0.1:16925\n"
	     "add chain " TABLE "input { type filter hook input priority "
	     "filter; policy accept; }\n"
	     "flush chain " TABLE "input\n"
	     "add rule " TABLE "input iifname != \"qami-0123abcd\" ip daddr "
	     "172.31.0.1 tcp dport 16925 drop\n"
	     "add rule " TABLE "input iifname != \"qami-0123abcd\" accept\n"
	     "add rule " TABLE "input ct state established,related accept\n"
	     "add rule " TABLE "input meta nfproto ipv4 udp dport 67 accept\n"
	     "add rule " TABLE "input ip daddr 172.31.0.1 meta l4proto "
	     "{ tcp, udp } th dport 53 accept\n"
	     "add rule " TABLE "input ip daddr 172.31.0.1 tcp dport 16925 "
	     "accept\n"
	     "add rule " TABLE "input drop\n"
	     "add chain " TABLE "forward { type filter hook forward priority "
	     "filter; policy accept; }\n"
	     "flush chain " TABLE "forward\n"
	     "add rule " TABLE "forward iifname \"qami-0123abcd\" oifname "
	     "\"qami-0123abcd\" ether daddr 52:54:00:23:ab:cd drop\n"
	     "add rule " TABLE "forward iifname \"qami-0123abcd\" ip daddr "
	     "169.254.0.0/16 drop\n"
	     "add map " TABLE "machines { type ipv4_addr : verdict; }\n"
	     "add chain " TABLE "output { type filter hook output priority "
	     "filter; policy accept; }\n"
	     "flush chain " TABLE "output\n"
	     "add rule " TABLE "output oifname != \"qami-0123abcd\" accept\n"
	     "add rule " TABLE "output ct state established,related accept\n"
	     "add rule " TABLE "output udp sport 67 accept\n"
	     "add rule " TABLE "output ip daddr vmap @machines\n"
	     "add rule " TABLE "output drop\n");
}

/* The host is let in by rules about itself, by either of its addresses, or
 * about everyone; not by those about others. */
static void check_rules(void)
{
	static const struct net_rule rules[] = {
		{ 6, 22, 22, HOST, 32 },
		{ 6, 80, 80, 0x08080808, 32 }, /* another's */
		{ 17, 5000, 5010, GATEWAY, 20 },
		{ 6, -1, -1, 0xac1f0002, 32 }, /* another's */
		{ 1, 8, -1, 0, 0 },
		{ 1, 3, 4, 0, 0 },
		{ 47, -1, -1, 0, 0 },
		{ -1, -1, -1, GATEWAY, 32 },
	};
	auto_buf text = BUF_INIT;

	net_bridge_rules(&bridge, "i-5", "172.31.0.5", rules,
			 sizeof(rules) / sizeof(*rules), &text);
	same(&text,
	     "add chain " TABLE "i-5\n"
	     "flush chain " TABLE "i-5\n"
	     "add rule " TABLE "i-5 meta l4proto 6 th dport 22-22 accept\n"
	     "add rule " TABLE "i-5 meta l4proto 17 th dport 5000-5010 accept\n"
	     "add rule " TABLE "i-5 icmp type 8 accept\n"
	     "add rule " TABLE "i-5 icmp type 3 icmp code 4 accept\n"
	     "add rule " TABLE "i-5 meta l4proto 47 accept\n"
	     "add rule " TABLE "i-5 accept\n"
	     "add element " TABLE "machines { 172.31.0.5 : jump i-5 }\n");
}

int main(void)
{
	check_table();
	check_rules();
	return 0;
}
