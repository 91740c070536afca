#!/bin/sh
# delete-security-group - by id and name, unless somebody needs it
# boots guests
. tests/lib.sh

guests_here
ami=$(image alpha)
make()
{
	qami create-security-group --description x --output text \
		--query GroupId --group-name "$1"
}
delete()
{
	qami delete-security-group "$@"
}

a=$(make a)
b=$(make b)
same '' "$(delete --group-id "$a")"
delete --group-name b
fails InvalidGroup.NotFound delete --group-id "$a"
has "The security group '$a' does not exist" "$TMPDIR/err"
fails InvalidGroup.NotFound delete --group-name b
fails InvalidGroup.NotFound delete --group-id "$b"
fails InvalidGroupId.Malformed delete --group-id sg-x
fails MissingParameter delete
fails InvalidParameterCombination delete --group-id "$a" --group-name a
fails CannotDelete delete --group-name default

# its rules and all tags go with it
a=$(make a)
qami create-tags --resources "$a" --tags Key=k,Value=v
qami authorize-security-group-ingress --group-id "$a" --protocol tcp \
	--port 1 --source-group "$a" --tag-specifications \
	'ResourceType=security-group-rule,Tags=[{Key=k,Value=v}]' >/dev/null
hidden "$a" delete-security-group --group-id "$a"
dry delete --group-id "$a"
delete --group-id "$a"
same 0 "$(sql "SELECT count(*) FROM tag WHERE key = 'k'")"
same 3 "$(sql 'SELECT count(*) FROM security_group_rule')"

# a rule of another group names it
a=$(make a)
b=$(make b)
qami authorize-security-group-ingress --group-id "$b" --protocol tcp \
	--port 1 --source-group "$a" >/dev/null
fails DependencyViolation delete --group-id "$a"
has "resource $a has a dependent object" "$TMPDIR/err"
delete --group-id "$b"

# an instance is in it, until that is terminated
i=$(launch "$ami" --security-group-ids "$a")
fails DependencyViolation delete --group-id "$a"
fails DependencyViolation delete --group-id "$a" --dry-run
qami rm "$i"
reaches 60 "$i" terminated
delete --group-id "$a"
