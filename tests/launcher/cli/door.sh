#!/bin/sh
# door - exit codes, errors and global options are the AWS CLI's
set -eu
. tests/lib.sh

# code WANTED COMMAND… - the exit code; what was said is left in out and err
code()
{
	wanted=$1
	shift
	got=0
	"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" || got=$?
	same "$wanted" "$got"
}

# usage TEXT COMMAND… - refused before anything is called
usage()
{
	text=$1
	shift
	code 252 "$@"
	same "" "$(cat "$TMPDIR/out")"
	same "" "$(head -n 1 "$TMPDIR/err")"
	has "$text" "$TMPDIR/err"
}

# a service error: an empty line, then one sentence
code 254 qami describe-regions --dry-run
same "
An error occurred (DryRunOperation) when calling the DescribeRegions operation: Request would have succeeded, but DryRun flag is set." \
	"$(cat "$TMPDIR/err")"
fails InvalidParameterValue qami describe-regions --filters Name=nope
fails InvalidInstanceType qami describe-instance-types --instance-types no.such

usage "usage: qami [options] <verb> [parameters]" qami describe-image
has "did you mean 'describe-images'?" "$TMPDIR/err"
usage "Unknown options: --fitlers, x" qami describe-regions --fitlers x
has "Did you mean --filters?" "$TMPDIR/err"
usage "qami: error: the following arguments are required: --image-id" \
	qami describe-image-attribute --attribute description
usage "argument --output: Invalid choice" qami --output nope describe-regions
usage "argument --output: Invalid choice" qami describe-regions --output nope
usage "argument --region: expected one argument" qami describe-regions --region
usage "12 digits" qami --account 12 describe-regions
usage "Unknown options: --nope" qami --nope describe-regions
usage "ambiguous option: --no-c could match" qami describe-regions --no-c
usage "Expected: '=', received: 'EOF' for input:" \
	qami describe-regions --filters Name
usage 'Unknown parameter in Filters[0]: "Nam", must be one of: Name, Values' \
	qami describe-regions --filters Nam=x
usage "given twice" qami describe-regions --region-names a --region-names b
usage "Unable to load paramfile file:///no/such" \
	qami describe-regions --filters file:///no/such
usage "Bad value for --query Regions[: incomplete expression" \
	qami describe-regions --query 'Regions['

# what only the answer shows is no usage error
code 255 qami describe-regions --query 'abs(Regions)'
has "In function abs(), invalid type" "$TMPDIR/err"

# a store that cannot be
code 253 qami --store /dev/null/x describe-regions
has "(" "$TMPDIR/err"

# an answer that nobody can write
code 255 sh -c 'qami describe-regions >/dev/full'

# control characters do not reach the terminal
code 254 qami describe-regions --region-names "$(printf 'a\033[31mb')"
has 'a\x1b[31mb' "$TMPDIR/err"

# global options before and behind the verb; those of the network are ignored
json=$(qami describe-regions)
same "$json" "$(qami ec2 describe-regions)"
same "$json" "$(qami --no-cli-pager describe-regions --no-paginate \
	--endpoint-url http://x --no-verify-ssl --output=json)"
same us-east-1 "$(qami --output text describe-regions \
	--query 'Regions[].RegionName')"
same us-east-1 "$(QAMI_OUTPUT=text qami describe-regions \
	--query 'Regions[0].RegionName')"
same '"us-east-1"' "$(AWS_DEFAULT_OUTPUT=xml qami describe-regions \
	--query 'Regions[0].RegionName')"
same '- us-east-1' "$(AWS_DEFAULT_OUTPUT=yaml qami describe-regions \
	--query 'Regions[].RegionName')"
same "- Regions:
  - RegionName: us-east-1" "$(qami describe-regions --output yaml-stream \
	--query '{Regions: Regions[].{RegionName: RegionName}}')"
same 'A: 2' "$(QAMI_OUTPUT=yaml qami describe-regions --query '{A: `2`}')"
same "$(qami --version)" "$(qami version)"
qami describe-regions --output table | grep -q '|  *DescribeRegions  *|'

# a skeleton can be filled in and given back
qami describe-regions --generate-cli-skeleton >"$TMPDIR/skeleton"
same '{"Filters": [{"Name": "", "Values": [""]}], "RegionNames": [""], "AllRegions": true, "DryRun": true}' \
	"$(python3 -c 'import json, sys; print(json.load(sys.stdin))' \
		<"$TMPDIR/skeleton" | tr "'T" '"t')"
sed -i 's/"DryRun": true/"DryRun": false/; /"Name": ""/d; s/"Filters"/"F"/' \
	"$TMPDIR/skeleton"
usage 'Unknown parameter in input: "F"' \
	qami describe-regions --cli-input-json "file://$TMPDIR/skeleton"
same "$json" "$(qami describe-regions --cli-input-json '{"DryRun": true}' \
	--no-dry-run)"

# no file takes the place of a standard descriptor that is closed; an answer
# that cannot be written is an error
qemu-img create -q -f qcow2 "$TMPDIR/disk.qcow2" 1M
ASAN_OPTIONS=detect_leaks=0 strace -o "$TMPDIR/trace" -e trace=openat \
	qami import "$TMPDIR/disk.qcow2" --name closed <&- >&- 2>&- || :
same closed "$(qami images | awk '{ print $2 }')"
grep "$QAMI_STORE" "$TMPDIR/trace" >"$TMPDIR/files"
same 0 "$(grep -c '= [012]$' "$TMPDIR/files")"
code 255 sh -c 'qami images >&-'
has 'cannot write the answer: Bad file descriptor' "$TMPDIR/err"
