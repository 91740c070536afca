/* vpc.c - the vpc table
 *
 * It is listed twice, as VPCs and as subnets: the same rows under other ids and
 * filters.
 */
#include "images/registry/vpc.h"

#include "images/registry/query-private.h"

#define SELECT                                                           \
	"SELECT t.seq, t.id, t.owner, t.subnet, t.zone, t.created FROM " \
	"vpc AS t"

#define TEXT(number) TEXT_(number)
#define TEXT_(number) #number
#define CIDR "'" VPC_CIDR "'"
#define SUBNET "'" SUBNET_CIDR "'"
#define TAKEN                                                       \
	"(SELECT count(*) FROM instance WHERE network <> 'plain' "  \
	"AND state <> 'terminated')"

static const struct listing vpcs = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "cidr", CIDR },
		{ "cidr-block-association.association-id",
		  "replace(t.id, 'vpc-', 'vpc-cidr-assoc-')" },
		{ "cidr-block-association.cidr-block", CIDR },
		{ "cidr-block-association.state", "'associated'" },
		{ "dhcp-options-id", "'default'" },
		{ "ipv6-cidr-block-association.association-id", "NULL" },
		{ "ipv6-cidr-block-association.ipv6-cidr-block", "NULL" },
		{ "ipv6-cidr-block-association.ipv6-pool", "NULL" },
		{ "ipv6-cidr-block-association.state", "NULL" },
		{ "is-default", "'true'" },
		{ "isDefault", "'true'" },
		{ "owner-id", "t.owner" },
		{ "state", "'available'" },
		{ "vpc-id", "t.id" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.id",
	.owner = "t.owner",
};

static const struct listing subnets = {
	.select = SELECT,
	.visible = "t.owner = ?",
	.visible_count = 1,
	.columns = (const struct column[]) {
		{ "availability-zone", "t.zone" },
		{ "availabilityZone", "t.zone" },
		{ "available-ip-address-count", 
		  "(" TEXT(SUBNET_SPACE) " - " TAKEN ") || ''" },
		{ "cidr", SUBNET },
		{ "cidr-block", SUBNET },
		{ "cidrBlock", SUBNET },
		{ "customer-owned-ipv4-pool", "NULL" },
		{ "default-for-az", "'true'" },
		{ "defaultForAz", "'true'" },
		{ "enable-dns64", "'false'" },
		{ "enable-lni-at-device-index", "NULL" },
		{ "ipv6-cidr-block-association.association-id", "NULL" },
		{ "ipv6-cidr-block-association.ipv6-cidr-block", "NULL" },
		{ "ipv6-cidr-block-association.state", "NULL" },
		{ "ipv6-native", "'false'" },
		{ "map-customer-owned-ip-on-launch", "'false'" },
		{ "map-public-ip-on-launch", "'false'" },
		{ "outpost-arn", "NULL" },
		{ "owner-id", "t.owner" },
		{ "private-dns-name-options-on-launch."
		  "enable-resource-name-dns-a-record", "'false'" },
		{ "private-dns-name-options-on-launch."
		  "enable-resource-name-dns-aaaa-record", "'false'" },
		{ "private-dns-name-options-on-launch.hostname-type",
		  "'resource-name'" },
		{ "state", "'available'" },
		{ "subnet-arn",
		  "'arn:aws:ec2:' || (SELECT value FROM setting WHERE key = "
		  "'region') || ':' || t.owner || ':subnet/' || t.subnet" },
		{ "subnet-id", "t.subnet" },
		{ "vpc-id", "t.id" },
		{ 0 },
	},
	.order = "t.seq",
	.id = "t.subnet",
	.owner = "t.owner",
};

static void vpc_read(struct stmt *stmt, struct arena *arena, struct vpc *ret)
{
	ret->seq = column_int(stmt, 0);
	ret->id = column_str(stmt, 1, arena);
	ret->owner = column_str(stmt, 2, arena);
	ret->subnet = column_str(stmt, 3, arena);
	ret->zone = column_str(stmt, 4, arena);
	ret->created = column_int(stmt, 5);
}

ROWS_DEFINE(vpc, vpc)

bool vpc_insert(struct db *db, const struct vpc *vpc, struct error *err)
{
	return db_run(db, NULL,
		      "INSERT INTO vpc (id, owner, subnet, zone, created) "
		      "VALUES (?, ?, ?, ?, ?)",
		      err, "ssssi", vpc->id, vpc->owner, vpc->subnet, vpc->zone,
		      vpc->created);
}

bool vpc_of(struct db *db, const char *owner, struct arena *arena,
	    struct vpc *ret_vpc, bool *ret_found, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return stmt_open(&stmt, db, SELECT " WHERE t.owner = ?", err, "s",
			 owner) &&
	       vpc_one(&stmt, arena, ret_vpc, ret_found, err);
}

static bool list(struct db *db, const struct listing *listing,
		 const struct query *query,
		 bool (*row)(void *data, const struct vpc *vpc,
			     struct error *err),
		 void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;

	return listing_open(&stmt, db, listing, query, NULL, err) &&
	       vpc_each(&stmt, row, data, err);
}

bool vpc_list(struct db *db, const struct query *query,
	      bool (*row)(void *data, const struct vpc *vpc, struct error *err),
	      void *data, struct error *err)
{
	return list(db, &vpcs, query, row, data, err);
}

bool subnet_list(struct db *db, const struct query *query,
		 bool (*row)(void *data, const struct vpc *vpc,
			     struct error *err),
		 void *data, struct error *err)
{
	return list(db, &subnets, query, row, data, err);
}

bool addresses_each(struct db *db, void (*row)(void *data, const char *address),
		    void *data, struct error *err)
{
	auto_stmt stmt = STMT_INIT;
	int found;

	if (!stmt_open(&stmt, db,
		       "SELECT address FROM instance WHERE network <> 'plain' "
		       "AND state <> 'terminated'",
		       err, ""))
		return false;
	while ((found = stmt_step(&stmt, err)) > 0)
		/* borrowed: the row is used up before the next step */
		row(data, (const void *)sqlite3_column_text(stmt.raw, 0));
	return found == 0;
}
