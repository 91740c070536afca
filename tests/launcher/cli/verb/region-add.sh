#!/bin/sh
# region add, list and remove - other stores, and buckets, by the names of regions
. tests/lib.sh

names()
{
	qami describe-regions --query 'Regions[].RegionName' --output text |
		tr '\t' ' '
}

fails InvalidParameterValue qami region add eu-west-1 --store "$QAMI_STORE"
mkdir "$TMPDIR/no-store"
qami region add eu-west-1 --store "$TMPDIR/no-store" 2>/dev/null && exit 1
fails qami.RegionNotFound qami region add eu-west-1 --store "$TMPDIR/nowhere"
# made by somebody whose environment says what his region is
QAMI_STORE=$TMPDIR/eu QAMI_REGION=eu-central-1 qami images
QAMI_STORE=$TMPDIR/other qami images
for name in us-east-1 Big 'a b' '' "$(printf 'x%.0s' $(seq 33))"; do
	qami region add "$name" --store "$TMPDIR/eu" 2>"$TMPDIR/err" && exit 1
done
same us-east-1 "$(names)"

qami region add eu-west-1 --store "$TMPDIR/eu"
fails InvalidParameterValue qami region add eu-west-1 --store "$TMPDIR/other"
qami region add other --store "$TMPDIR/other"
same "us-east-1	$QAMI_STORE
eu-west-1	$TMPDIR/eu
other	$TMPDIR/other" "$(qami region list)"
same 'us-east-1 eu-west-1 other' "$(names)"
same eu-west-1 "$(qami describe-regions --region-names eu-west-1 |
	get Regions.0.RegionName)"
same 2 "$(qami describe-regions --filters Name=region-name,Values=*-1 \
	--query 'length(Regions)')"
fails InvalidParameterValue qami describe-regions \
	--region-names eu-west-1 eu-west-2
# each store knows its own others
same 1 "$(qami --store "$TMPDIR/eu" region list -q | wc -l)"

fails qami.RegionNotFound qami region remove us-east-1
fails qami.RegionNotFound qami region remove nowhere
qami region remove other
same 'us-east-1 eu-west-1' "$(names)"
qami region add other --store "$TMPDIR/other"

# a store elsewhere: nobody answers there, or somebody who serves another one
ssh_is()
{
	mkdir -p "$TMPDIR/bin"
	printf '#!/bin/sh\n%s\n' "$1" >"$TMPDIR/bin/ssh"
	chmod 755 "$TMPDIR/bin/ssh"
}
PATH=$TMPDIR/bin:$PATH
ssh_is 'echo "no route to host" >&2; exit 255'
fails Unavailable qami region add far --store ssh://far/srv/qami
ssh_is "exec qami region serve-copy --store $TMPDIR/eu"
fails UnauthorizedOperation qami region add far --store ssh://far/srv/qami
qami region add far --store "ssh://far$TMPDIR/eu"
qami region remove far

other()
{
	QAMI_STORE=$TMPDIR/other "$@"
}
bucket=$TMPDIR/site
# what names a region in a bucket
fails InvalidParameterCombination qami region add site
fails InvalidParameterCombination qami region add site --bucket "$bucket" \
	--store "$TMPDIR/other"
fails InvalidParameterCombination qami region add site --store \
	"$TMPDIR/other" --key "$TMPDIR/key"
fails InvalidParameterCombination qami region add site --bucket "$bucket" \
	--endpoint http://localhost:1
fails InvalidParameterValue qami region add site --bucket "$TMPDIR/No Bucket"
fails InvalidParameterValue qami region add Site --bucket "$bucket"
fails NoSuchBucket qami region add site --bucket s3://images/region
[ ! -e "$bucket" ]
same "$QAMI_STORE/keys/region-site" "$(qami region add site --bucket "$bucket")"
fails InvalidParameterValue qami region add site --bucket "$bucket"
same 600 "$(stat -c %a "$QAMI_STORE/keys/region-site")"
same 'us-east-1 eu-west-1 other site' "$(names)"

# another store needs the key, and keeps it
fails AuthFailure other qami region add site --bucket "$bucket"
has 'its key is needed' "$TMPDIR/err"
cp "$QAMI_STORE/keys/region-site" "$TMPDIR/key"
chmod 640 "$TMPDIR/key"
fails InvalidParameterValue other qami region add site --bucket "$bucket" \
	--key "$TMPDIR/key"
has 'chmod 600' "$TMPDIR/err"
chmod 600 "$TMPDIR/key"
for bad in '' 12345 "$(printf '%064d' 0)" "$(cat "$TMPDIR/key")0"; do
	echo "$bad" >"$TMPDIR/bad"
	chmod 600 "$TMPDIR/bad"
	other qami region add site --bucket "$bucket" --key "$TMPDIR/bad" \
		2>"$TMPDIR/err" && exit 1
	grep -qE 'another key|no region.s key' "$TMPDIR/err"
done
fails InvalidParameterValue other qami region add site --bucket "$bucket" \
	--key "$TMPDIR/nowhere"
same '' "$(other qami region add site --bucket "$bucket" --key "$TMPDIR/key")"
rm "$TMPDIR/key"
same '' "$(other qami region contents site)"
python3 - "$bucket/region" <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[8:12] = b"\0\0\0\2"
open(sys.argv[1], "wb").write(data)
END
fails UnsupportedOperation qami region add again --bucket "$bucket" \
	--key "$QAMI_STORE/keys/region-site"

# a disk is not named itself, but a directory of it
has_small_disk || exit 0
small_disk 'mkdir site && mount -t tmpfs none site && qami images &&
	! qami region add disk --bucket "$PWD/site" 2>err &&
	grep -q "is where a disk is mounted" err &&
	grep -qF "(InvalidParameterValue)" err &&
	[ -z "$(ls site)" ] && mkdir site/qami &&
	qami region add disk --bucket "$PWD/site/qami"' >"$TMPDIR/out"
