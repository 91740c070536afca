/* vpc.c - default VPCs and their addresses */
#include "images/vpc.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "images/group.h"

#define SUBNET_FIRST 0xac1f0000u /* 172.31.0.0 */
#define SUBNET_SIZE (1u << (32 - SUBNET_PREFIX))
#define KEPT_FIRST 4u /* network, gateway, resolver, and one for later */

/* Draws ids, and writes what a new account has. */
static bool make(const struct call *call, struct arena *arena,
		 struct vpc *ret_vpc, struct error *err)
{
	char id[ID_SIZE], subnet[ID_SIZE];

	id_new("vpc", id);
	id_new("subnet", subnet);
	*ret_vpc = (struct vpc){
		.id = arena_str(arena, id),
		.owner = arena_str(arena, call->account),
		.subnet = arena_str(arena, subnet),
		.zone = store_zone(call->store, arena),
		.created = call->now,
	};
	if (!ret_vpc->id || !ret_vpc->owner || !ret_vpc->subnet ||
	    !ret_vpc->zone)
		return fail_memory(err);
	return vpc_insert(call->store->db, ret_vpc, err) &&
	       group_make_default(call, err);
}

bool vpc_default(const struct call *call, struct arena *arena,
		 struct vpc *ret_vpc, struct error *err)
{
	struct db *db = call->store->db;
	auto_tx tx = TX_INIT;
	bool found;

	if (!vpc_of(db, call->account, arena, ret_vpc, &found, err))
		return false;
	if (found)
		return true;
	/* somebody may have made it meanwhile */
	if (!tx_begin(&tx, db, err) ||
	    !vpc_of(db, call->account, arena, ret_vpc, &found, err) ||
	    (!found && !make(call, arena, ret_vpc, err)))
		return false;
	return tx_commit(&tx, err);
}

bool vpc_own(const struct call *call, const char *id, struct arena *arena,
	     struct vpc *ret_vpc, struct error *err)
{
	if (!vpc_default(call, arena, ret_vpc, err))
		return false;
	if (strcmp(ret_vpc->id, id) != 0)
		return fail(err, FAULT_VPC_NOT_FOUND,
			    "The vpc ID '%.64s' does not exist", id);
	return true;
}

bool subnet_own(const struct call *call, const char *id, struct arena *arena,
		struct vpc *ret_vpc, struct error *err)
{
	if (!vpc_default(call, arena, ret_vpc, err))
		return false;
	if (strcmp(ret_vpc->subnet, id) != 0)
		return fail(err, FAULT_SUBNET_NOT_FOUND,
			    "The subnet ID '%.64s' does not exist", id);
	return true;
}

/* Which addresses of the subnet are taken, by their distance from its first. */
struct taken {
	unsigned char at[SUBNET_SIZE];
	size_t count;
};

/* The distance of an address; SUBNET_SIZE for what is not in the subnet. */
static uint32_t distance(const char *address)
{
	struct in_addr raw;
	uint32_t at;

	if (inet_pton(AF_INET, address, &raw) != 1)
		return SUBNET_SIZE;
	at = ntohl(raw.s_addr) - SUBNET_FIRST;
	return at < SUBNET_SIZE ? at : SUBNET_SIZE;
}

static void take_one(void *data, const char *address)
{
	struct taken *taken = data;
	uint32_t at = distance(address);

	if (at < SUBNET_SIZE && !taken->at[at]) {
		taken->at[at] = 1;
		taken->count++;
	}
}

static bool check_wanted(const struct taken *taken, const char *wanted,
			 struct error *err)
{
	uint32_t at = distance(wanted);

	if (at == SUBNET_SIZE)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Address %.40s does not fall within the subnet's "
			    "address range",
			    wanted);
	if (at < KEPT_FIRST || at == SUBNET_SIZE - 1)
		return fail(err, FAULT_INVALID_PARAMETER,
			    "Address %.40s is in subnet's reserved address "
			    "range",
			    wanted);
	if (taken->at[at])
		return fail(err, FAULT_ADDRESS_IN_USE,
			    "Address %.40s is in use.", wanted);
	return true;
}

bool address_take(const struct call *call, const char *wanted,
		  char ret_address[ADDRESS_SIZE], struct error *err)
{
	struct taken taken = { .count = 0 };
	struct in_addr raw;
	uint32_t at = KEPT_FIRST;

	if (!addresses_each(call->store->db, take_one, &taken, err))
		return false;
	if (wanted) {
		if (!check_wanted(&taken, wanted, err))
			return false;
		at = distance(wanted);
	}
	while (at < SUBNET_SIZE - 1 && taken.at[at])
		at++;
	if (at == SUBNET_SIZE - 1)
		return fail(err, FAULT_ADDRESSES_EXHAUSTED,
			    "There are not enough free addresses in the subnet "
			    "to satisfy the requested number of instances.");
	raw.s_addr = htonl(SUBNET_FIRST + at);
	inet_ntop(AF_INET, &raw, ret_address, ADDRESS_SIZE);
	return true;
}

bool addresses_left(const struct call *call, size_t *ret_left,
		    struct error *err)
{
	struct taken taken = { .count = 0 };

	if (!addresses_each(call->store->db, take_one, &taken, err))
		return false;
	*ret_left = SUBNET_SPACE - taken.count;
	return true;
}
