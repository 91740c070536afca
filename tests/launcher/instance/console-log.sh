#!/bin/sh
# console-log - what a guest prints without end does not fill the disk: of its
# log the beginning and the end are kept, and nothing else notices
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
id=$(launch "$(image small)")
log=$QAMI_STORE/instances/$id/console.log

# QEMU goes on at the end, wherever that is
pid=$(sql "SELECT pid FROM instance WHERE id = '$id'")
for fd in /proc/"$pid"/fd/*; do
	[ "$(readlink "$fd")" = "$log" ] || continue
	flags=$(sed -n 's/^flags:\t//p' "/proc/$pid/fdinfo/${fd##*/}")
done
[ $((flags & 02000)) -ne 0 ]

# lines FROM TO - of a guest that has much to say, 64 bytes each
lines()
{
	awk -v i="$1" -v end="$2" 'BEGIN {
		for (; i < end; i++) printf "%063d\n", i }' >>"$log"
}

# kept - what there is of the log, in MiB
kept()
{
	echo $(($(du -k "$log" | cut -f 1) / 1024))
}

# in one piece: the firmware may be writing, too
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/key"
printf '%s\n' '' '-----BEGIN SSH HOST KEY KEYS-----' \
	"$(cat "$TMPDIR/key.pub")" \
	'-----END SSH HOST KEY KEYS-----' >"$TMPDIR/keys"
cat "$TMPDIR/keys" >>"$log"
lines 0 60000
qami ps >/dev/null
same 3 "$(kept)"
lines 60000 300000
size=$(stat -c %s "$log")
qami ps >/dev/null
[ "$(kept)" -le 4 ]
same "$size" "$(stat -c %s "$log")"

# readers pass over what is gone
qami logs "$id" >"$TMPDIR/logs"
has 'END SSH HOST KEY KEYS' "$TMPDIR/logs"
grep -qx '\[1[0-9] MiB are gone\]\|\[1[0-9]\.[0-9] MiB are gone\]' \
	"$TMPDIR/logs"
same 0 "$(tr -cd '\000' <"$TMPDIR/logs" | wc -c)"
same "$(printf '%063d' 299999)" "$(tail -n 1 "$TMPDIR/logs")"
qami logs -f "$id" >"$TMPDIR/followed" &
follower=$!
seen 60 "$(printf '%063d' 299999)" "$TMPDIR/followed"
lines 300000 300001
seen 60 "$(printf '%063d' 300000)" "$TMPDIR/followed"
kill "$follower"
cut -c 1-200 "$TMPDIR/followed" | sed '$d' | cmp - "$TMPDIR/logs"
qami get-console-output --instance-id "$id" --output text |
	grep -q "$(printf '%063d' 300000)"
# nobody answers in there, but its host key is heard
tries=0
until [ -e "$QAMI_STORE/instances/$id/known_hosts" ]; do
	if qami wait "$id" --for ssh --timeout 1 2>/dev/null; then exit 1; fi
	tries=$((tries + 1))
	[ $tries -lt 60 ]
done
has "$id ssh-ed25519 " "$QAMI_STORE/instances/$id/known_hosts"

# the next start is told from the one before where all of that is gone, too
qami stop --force "$id" >/dev/null
lines 300001 400000
qami start "$id" >/dev/null
[ "$(kept)" -le 4 ]

# a server sees to it by itself
served
lines 400000 500000
tries=0
until [ "$(kept)" -le 4 ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ]
	sleep 0.1
done
