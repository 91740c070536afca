#!/bin/sh
# region push, contents, withdraw and collect: what they take, say and refuse
. tests/lib.sh
other()
{
	QAMI_STORE=$TMPDIR/other "$@"
}
bucket=$TMPDIR/site
ami=$(image alpha)
other qami images

[ ! -e "$bucket" ]
qami region add site --bucket "$bucket" >"$TMPDIR/out"
other qami region add site --bucket "$bucket" --key \
	"$QAMI_STORE/keys/region-site"
# only a bucket takes what is published
qami region add store --store "$TMPDIR/other"
for verb in push contents withdraw collect; do
	case $verb in
	push) set -- "$ami" ;;
	withdraw) set -- ami-0123456789abcdef0 ;;
	*) set -- ;;
	esac
	fails InvalidParameterValue qami region $verb store "$@"
	has 'is a store' "$TMPDIR/err"
	fails InvalidParameterValue qami region $verb nowhere "$@"
done
fails InvalidAMIID.NotFound qami region push site ami-0123456789abcdef0
fails InvalidSnapshot.NotFound qami region push site snap-0123456789abcdef0
fails InvalidAMIID.NotFound as 222222222222 region push site "$ami"
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 region push site "$ami"
qami reset-image-attribute --image-id "$ami" --attribute launchPermission
qami disable-image --image-id "$ami" >"$TMPDIR/out"
fails InvalidAMIID.Unavailable qami region push site "$ami"
qami enable-image --image-id "$ami" >"$TMPDIR/out"
pending=$(qami ebs start-snapshot --volume-size 1 --query SnapshotId \
	--output text)
fails IncorrectState qami region push site "$pending"
# what is not here yet cannot be read, and is not taken for zeros
sql "INSERT INTO filling (layer, kind, object, blocks, filled, state, started)
	SELECT layer, 'archive', 'object', 2, 1, 'filling', 1
	FROM snapshot"
fails Unavailable qami region push site "$ami"
sql 'DELETE FROM filling'
[ -z "$(ls -A "$bucket/publishing" 2>/dev/null)" ]

# an image is named as elsewhere, and has the same id there each time
there=$(qami region push site alpha)
same "$there" "$(qami region push site "$ami")"
[ "$there" != "$ami" ]
other qami region contents site >"$TMPDIR/list"
same "2 $there" "$(wc -l <"$TMPDIR/list") $(awk '$2 == "alpha" { print $1 }' \
	"$TMPDIR/list")"
has "$ami" "$TMPDIR/list"
snap=$(other qami region contents site -q | grep snap-)

# it goes image first; then blocks are collected, but not while somebody is at
# work there
fails InvalidSnapshot.InUse other qami region withdraw site "$snap"
fails InvalidAMIID.NotFound as 222222222222 region withdraw site "$there"
other qami region withdraw site "$there"
other qami region withdraw site "$snap"
fails InvalidSnapshot.NotFound qami region withdraw site "$snap"
same 1 "$(find "$bucket/blocks" -type f | wc -l)"
mkdir -p "$bucket/publishing"
name=publishing/11111111-1111-4111-8111-111111111111
echo no mark >"$bucket/$name"
fails InternalError qami region collect site
rm "$bucket/$name"
qami region collect site | grep -q 'freed .* 1 blocks removed, 0 kept'
same '' "$(find "$bucket" -path '*/blocks/*' -o -path '*/lists/*')"

# what is damaged is listed, and goes when that is insisted upon
there=$(qami region push site alpha)
truncate -s 40 "$bucket/images/$there"
code=0
qami region contents site >"$TMPDIR/list" 2>"$TMPDIR/err" || code=$?
same 1 "$code"
grep "^$there" "$TMPDIR/list" | grep -q 'does not open'
fails InternalError qami region withdraw site "$there"
fails InternalError qami region withdraw site "$snap"
qami region withdraw site "$there" --force
qami region withdraw site "$snap"
same '' "$(qami region contents site)"

# a key that does not open is found
sealed=$(sql "SELECT hex(sealed) FROM region_depot WHERE region = 'site'")
sql "UPDATE region_depot SET sealed = zeroblob(60)"
fails InternalError qami region contents site
has 'the key of the region site is damaged' "$TMPDIR/err"
qami fsck >"$TMPDIR/out" 2>&1 && exit 1
grep -q 'the key of the region site is damaged' "$TMPDIR/out"
sql "UPDATE region_depot SET sealed = x'$sealed'"

# forgotten, it is there for whoever has its key
qami region remove site
fails InvalidParameterValue qami region contents site
same '' "$(other qami region contents site)"
python3 - "$bucket/region" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[8:12] = b"\0\0\0\2"
open(sys.argv[1], "wb").write(data)
END
fails UnsupportedOperation other qami region contents site
tests/audit --jobs
