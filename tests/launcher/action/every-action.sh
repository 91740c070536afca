#!/bin/sh
# every action has a test, which provokes every fault that its row promises,
# and every row's example is one that parses
. tests/lib.sh

qami self-test >/dev/null
bad=0
complain()
{
	echo "$*" >&2
	bad=$((bad + 1))
}

for file in launcher/action/*.c; do
	grep -q '^const struct action action_' "$file" || continue
	name=$(basename "$file" .c)
	[ -x "tests/launcher/action/$name.sh" ] ||
		complain "$name has no test"
done

# What cannot be provoked yet, and why.
cannot()
{
	case $* in
	# somebody would have to hold libvirt for ten seconds
	'console Unavailable') ;;
	*) return 1 ;;
	esac
}

qami self-test --faults >"$TMPDIR/faults"
[ "$(wc -l <"$TMPDIR/faults")" -gt 50 ]
while read -r verb code; do
	test=tests/launcher/action/$verb.sh
	[ -e "$test" ] || test=tests/launcher/cli/verb/$verb.sh
	[ -e "$test" ] || continue
	how=$(echo "$code" | sed 's/\./\\./g')
	[ "$code" = DryRunOperation ] && how='(dry|DryRunOperation)'
	grep -qE "(^|[ (])$how( |\)|$)" "$test" || cannot "$verb" "$code" ||
		complain "$test does not provoke $code"
done <"$TMPDIR/faults"

# The files and the region that examples name are there, and nothing that they
# ask for is.
export QAMI_CONNECT=embed QAMI_ACCEL=tcg
cd "$TMPDIR"
: >disk.qcow2
: >image.manifest.xml
openssl req -x509 -newkey rsa:2048 -nodes -keyout private-key.pem \
	-out cert.pem -subj /CN=me -days 9 2>/dev/null
ssh-keygen -q -t ed25519 -N '' -f id_ed25519
: >disk.raw
cat >nightly.json <<'END'
{ "PolicyDetails": { "PolicyType": "EBS_SNAPSHOT_MANAGEMENT",
  "ResourceTypes": ["VOLUME"], "TargetTags": [{ "Key": "k", "Value": "v" }],
  "Schedules": [{ "Name": "nightly", "CreateRule": { "Interval": 24,
    "IntervalUnit": "HOURS", "Times": ["03:00"] }, "RetainRule": { "Count": 7 } }] } }
END
qami region add site --bucket "$TMPDIR/site" >/dev/null
truncate -s 512K block.bin
echo '#!/bin/sh' >setup.sh
qami self-test --examples >examples
while read -r example; do
	case $example in
	'qami doctor'* | 'qami run-jobs'* | 'qami help'*) continue ;;
	'qami proxy'*) continue ;; # it would go on
	'qami serve'*) continue ;; # for as long as it is let
	'ec2-bundle-vol'*) continue ;; # it would copy this very system
	esac
	status=0
	timeout 60 sh -c "$example" >out 2>err </dev/null || status=$?
	case $status in
	0 | 254) ;;
	*) complain "exit $status: $example: $(cat err)" ;;
	esac
	if grep -E '\((Unknown|Missing|Invalid)Parameter|\.Malformed\)' err; then
		complain "it is no example: $example"
	fi
done <examples
same 0 "$bad"
