#!/bin/sh
# describe-instance-types - figures, filters and pages
set -eu
. tests/lib.sh

qami describe-instance-types --instance-types c5d.xlarge >"$TMPDIR/out"
same 4 "$(get InstanceTypes.0.VCpuInfo.DefaultVCpus <"$TMPDIR/out")"
same 8192 "$(get InstanceTypes.0.MemoryInfo.SizeInMiB <"$TMPDIR/out")"
same 100 "$(get InstanceTypes.0.InstanceStorageInfo.TotalSizeInGB \
	<"$TMPDIR/out")"
same False "$(qami describe-instance-types --instance-types m5.large |
	get InstanceTypes.0.InstanceStorageSupported)"
same "c3 d2 i2 m1 m3 r3" "$(qami describe-instance-types --output text \
	--filters Name=supported-root-device-type,Values=instance-store \
	--query 'InstanceTypes[].[InstanceType]' | sed 's/\..*//' | sort -u |
	xargs)"
same "t3.micro" "$(qami describe-instance-types --output text \
	--filters 'Name=instance-type,Values=t3.*' \
	Name=memory-info.size-in-mib,Values=1024 \
	--query 'InstanceTypes[].InstanceType')"

# pages together are the whole
qami describe-instance-types --output text \
	--query 'InstanceTypes[].[InstanceType]' >"$TMPDIR/all"
token=
: >"$TMPDIR/pages"
while :; do
	qami describe-instance-types --max-results 7 \
		${token:+--next-token "$token"} >"$TMPDIR/page"
	python3 - "$TMPDIR/page" >>"$TMPDIR/pages" <<'END'
import json, sys
page = json.load(open(sys.argv[1]))
assert len(page['InstanceTypes']) <= 7
for one in page['InstanceTypes']:
    print(one['InstanceType'])
END
	token=$(get NextToken <"$TMPDIR/page" 2>/dev/null || true)
	[ -n "$token" ] || break
done
cmp "$TMPDIR/all" "$TMPDIR/pages"

fails InvalidInstanceType qami describe-instance-types --instance-types t3.no
fails InvalidParameterValue qami describe-instance-types --max-results 2
fails InvalidParameterValue qami describe-instance-types --filters Name=nope
fails InvalidNextToken qami describe-instance-types --next-token nope
fails DryRunOperation qami describe-instance-types --dry-run
