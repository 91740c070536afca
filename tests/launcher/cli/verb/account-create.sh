#!/bin/sh
# account create, account list - accounts with names and users of this host
. tests/lib.sh

alice=$(qami account create alice --user nobody -o json | get Account)
echo "$alice" | grep -qxE '[1-9][0-9]{11}'
same carl "$(qami account-create carl --user 4242 -o json | get Name)"
qami account list | grep -q '	carl	4242	'
qami account list | grep -q "^$alice	alice	nobody	"

# a name stands for the number
same "$alice" "$(qami describe-security-groups --account alice |
	get SecurityGroups.0.OwnerId)"
same "$alice" "$(QAMI_ACCOUNT=alice qami describe-security-groups |
	get SecurityGroups.0.OwnerId)"
fails InvalidParameterValue qami ps --account nobody.knows

# a number that was only used takes a name, once
qami ps --account 222222222222
qami account create bob --id 222222222222
qami account list | grep -q '^222222222222	bob	-	'
fails qami.AccountExists qami account create carol --id 222222222222
fails qami.AccountExists qami account create --id 222222222222
fails qami.AccountExists qami account create bob
fails qami.AccountExists qami account create carol --user nobody
qami account create --id 333333333333
fails qami.AccountExists qami account create --id 333333333333

# what cannot be
long=$(printf 'a%.0s' $(seq 65))
for name in 123 'a b' 'a/b' "$long" 'é'; do
	fails InvalidParameterValue qami account create "$name"
done
fails InvalidParameterValue qami account create carol --id 12
fails InvalidParameterValue qami account create carol --user no-such-user
qami account create "${long#a}"

# the words of a verb
if qami account 2>"$TMPDIR/err"; then exit 1; fi
has "'account' takes one more word: create, list" "$TMPDIR/err"
qami help account create >"$TMPDIR/help"
has 'Usage: qami account create' "$TMPDIR/help"
qami account-create --help | cmp - "$TMPDIR/help"
same account-create "$(qami complete -- account-c)"
