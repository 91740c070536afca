#!/bin/sh
# enable-snapshot-block-public-access - nothing becomes public, and what is may
# be hidden; who is named stays let in
. tests/lib.sh
. tests/snapshot.sh

vol=$(volume --size 1)
old=$(snap "$vol")
new=$(snap "$vol")
qami modify-snapshot-attribute --snapshot-id "$old" --group-names all \
	--user-ids 333333333333

state()
{
	as "$1" get-snapshot-block-public-access-state | get State
}

# sees ACCOUNT COUNT - so many snapshots are listed for it, and can be used
sees()
{
	same "$2" "$(as "$1" describe-snapshots --query 'length(Snapshots)')"
	[ "$2" = 1 ] || return 0
	as "$1" create-volume --snapshot-id "$old" \
		--availability-zone us-east-1a >/dev/null
}

dry qami enable-snapshot-block-public-access --state block-all-sharing
fails InvalidParameterValue qami enable-snapshot-block-public-access \
	--state unblocked
same unblocked "$(state 123456789012)"
sees 222222222222 1

# no more of them
same block-new-sharing "$(qami enable-snapshot-block-public-access \
	--state block-new-sharing | get State)"
same block-new-sharing "$(state 123456789012)"
fails OperationNotPermitted qami modify-snapshot-attribute \
	--snapshot-id "$new" --group-names all
qami modify-snapshot-attribute --snapshot-id "$new" --user-ids 444444444444
sees 222222222222 1
sees 333333333333 1

# none at all, as if it had never been there
same block-all-sharing "$(qami enable-snapshot-block-public-access \
	--state block-all-sharing | get State)"
fails OperationNotPermitted qami modify-snapshot-attribute \
	--snapshot-id "$new" --group-names all
sees 222222222222 0
hidden "$old" create-volume --snapshot-id "$old" --availability-zone us-east-1a
hidden "$old" copy-snapshot --source-snapshot-id "$old" \
	--source-region us-east-1
hidden "$old" ebs list-snapshot-blocks --snapshot-id "$old"
sees 333333333333 1
same 2 "$(qami describe-snapshots --query 'length(Snapshots)')"
qami modify-snapshot-attribute --snapshot-id "$old" --operation-type remove \
	--user-ids 333333333333
sees 333333333333 0

# an account speaks for itself alone
same unblocked "$(state 222222222222)"
as 222222222222 enable-snapshot-block-public-access \
	--state block-all-sharing >/dev/null
qami disable-snapshot-block-public-access >/dev/null
sees 222222222222 1
sees 333333333333 1
