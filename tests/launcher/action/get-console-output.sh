#!/bin/sh
# get-console-output - the end of what the console has printed
# boots guests
. tests/lib.sh

guests_here
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
i=$(launch "$ami" --user-data '#!/bin/sh
echo "a line with ünï <&> \"quotes\""
for i in $(seq 2000); do echo "line $i of the very many that there will be"; done')
console='get-console-output --instance-id'
fails InvalidInstanceID.NotFound qami $console i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami $console i-1
hidden "$i" $console "$i"
dry qami $console "$i"
says 180 "$i" 'qami-guest: ready'
qami $console "$i" --output json >"$TMPDIR/json"
same "$i" "$(get InstanceId <"$TMPDIR/json")"
get Timestamp <"$TMPDIR/json" | grep -q '^20..-..-..T'
get Output <"$TMPDIR/json" >"$TMPDIR/text"
has 'qami-guest: ready' "$TMPDIR/text"
size=$(wc -c <"$TMPDIR/text")
[ "$size" -gt 60000 ] && [ "$size" -le 66000 ]
qami logs "$i" >"$TMPDIR/log"
has 'a line with ünï <&> "quotes"' "$TMPDIR/log"
has 'line 1 of the very many' "$TMPDIR/log"
qami $console "$i" --latest --output text | grep -q 'qami-guest: ready'
# there after the end, too
qami terminate-instances --instance-ids "$i" >/dev/null
qami $console "$i" --query Output --output text | grep -q 'qami-guest: ready'
