# rbin.sh - what the tests of the recycle bin share; read after tests/lib.sh

# rule TYPE DAYS [OPTION…] - a rule's id
rule()
{
	local type days

	type=$1
	days=$2
	shift 2
	qami rbin create-rule --output text --query Identifier \
		--resource-type "$type" --retention-period \
		"RetentionPeriodValue=$days,RetentionPeriodUnit=DAYS" "$@"
}

# binned snapshots|images - the ids of what is in the bin, with blanks between
binned()
{
	qami "list-$1-in-recycle-bin" --output text \
		--query '*[].[SnapshotId || ImageId] | []' | tr '\t' ' '
}

# arn RULE - its ARN
arn()
{
	qami rbin get-rule --identifier "$1" --output text --query RuleArn
}
