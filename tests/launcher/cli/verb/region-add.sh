#!/bin/sh
# region add, list and remove - other stores by the names of regions
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
