#!/bin/sh
# takes long
# copies from a store at the other end of ssh: an sshd of this test's own
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
. tests/sshd.sh
sshd_start
trap 'kill "$sshd" 2>/dev/null || :' EXIT
far qami images
there=ssh://127.0.0.1:$sshd_port$TMPDIR/far

# refused before anything is started, or told why it cannot be
for place in ssh:// ssh://-oProxyCommand=x ssh://-l@host ssh://a@-b \
	'ssh://a b' 'ssh://$(id)' 'ssh://h;id/x' 'ssh://h`id`' ssh://h:0 \
	ssh://h:66000 ssh://h:22x 'ssh://h:22 -v' ssh://[::1 \
	"ssh://h/a$(printf '\001')b"; do
	fails InvalidParameterValue qami region add far-1 --store "$place"
done
fails Unavailable qami region add far-1 --store "ssh://127.0.0.1:1/x"
has 'Connection refused' "$TMPDIR/err"
fails InternalError qami region add far-1 --store "$there-not"
mkdir "$TMPDIR/empty"
fails InternalError qami region add far-1 \
	--store "ssh://127.0.0.1:$sshd_port$TMPDIR/empty"
mv "$TMPDIR/sshd/known" "$TMPDIR/sshd/known.not"
fails Unavailable qami region add far-1 --store "$there"
has 'Host key verification failed' "$TMPDIR/err"
mv "$TMPDIR/sshd/known.not" "$TMPDIR/sshd/known"
qami region add far-1 --store "$there"
same "far-1	$there" "$(qami region list | tail -n 1)"

# copy SNAPSHOT [OPTION…] - begins a copy; its id is in $copy. Nobody works on
# it before carried, or attempt
copy()
{
	held
	copy=$(qami copy-snapshot --source-region far-1 --output text \
		--query SnapshotId --source-snapshot-id "$@")
}
# between LEAST MOST - how many bytes have come for what was carried last
between()
{
	local came

	came=$(sed -n 's/.*: \([0-9]*\) bytes received.*/\1/p' "$TMPDIR/carried")
	[ "$came" -ge "$1" ] && [ "$came" -le "$2" ] && return 0
	echo "$came bytes came, not $1 to $2" >&2
	return 1
}
# changed IMAGE-SNAPSHOT OPTION… - one of the same with a megabyte of its own
changed()
{
	local vol

	vol=$(far volume --snapshot-id "$1")
	far put "$vol" 0x21 5
	far snap "$vol"
}
mib=1048576

# a lineage of two, of which zstd makes nothing smaller: the first comes whole,
# of the second the difference, and on the wire not much more than that
head -c $((8 * mib)) /dev/urandom >"$TMPDIR/noise"
ami=$(far qami import "$TMPDIR/noise" --name noise)
one=$(far qami describe-images --image-ids "$ami" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
two=$(changed "$one")
far settled
copy "$one"
carried 16
between $((8 * mib)) $((8 * mib + 8192))
same "$(far told "$one")" "$(told "$copy")"
copy "$two"
carried 2
between 500 8192
same "$(far told "$two")" "$(told "$copy")"
copy "$two"
carried 0
between 500 4096
qami delete-snapshot --snapshot-id "$copy"

# an image with its tags, once; and by the rows there for whom
far qami create-tags --resources "$ami" --tags Key=k,Value='v=ü'
image=$(qami copy-image --source-region far-1 --source-image-id "$ami" \
	--name alpha --copy-image-tags --client-token once | get ImageId)
qami wait image-available --image-ids "$image"
same "far-1 $ami v=ü" "$(qami describe-images --image-ids "$image" \
	--output text --query "Images[0].[SourceImageRegion,SourceImageId,
	Tags[?Key=='k'].Value|[0]]" | tr '\t' ' ')"
fails InvalidAMIID.NotFound as 222222222222 copy-image --source-region far-1 \
	--source-image-id "$ami" --name beta
fails InvalidSnapshot.NotFound as 222222222222 copy-snapshot \
	--source-region far-1 --source-snapshot-id "$one"
far qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails InvalidRequest as 222222222222 copy-image --source-region far-1 \
	--source-image-id "$ami" --name beta

# what is encrypted there comes under a key of this store; of the second one
# only the difference does, although neither knows the other's key
head -c $((2 * mib)) "$TMPDIR/noise" >"$TMPDIR/small"
dark=$(far qami import "$TMPDIR/small" --name dark)
dark=$(far qami describe-images --image-ids "$dark" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
dark=$(far qami copy-snapshot --source-region us-east-1 --encrypted \
	--source-snapshot-id "$dark" --output text --query SnapshotId)
far arrived "$dark"
darker=$(far sent "$dark" <<-DARKER
	2 two
	1000 a thousand
DARKER
)
far settled
copy "$dark"
carried 4
between $((2 * mib)) $((2 * mib + 8192))
copy "$darker"
carried 2
between 500 8192
far blocks "$darker" >"$TMPDIR/wanted"
blocks "$copy" | cmp "$TMPDIR/wanted"

# attempt VALVE - works on the copy once, what comes going through a valve: the
# number of bytes after which it breaks off, or "slow"
mv "$TMPDIR/bin/ssh" "$TMPDIR/bin/real-ssh"
cat >"$TMPDIR/bin/ssh" <<'END'
#!/usr/bin/python3
import os, subprocess, sys, time
valve = os.environ.get("VALVE")
ssh = [os.path.dirname(sys.argv[0]) + "/real-ssh", *sys.argv[1:]]
if not valve:
    os.execv(ssh[0], ssh)
left = 1 << 60 if valve == "slow" else int(valve)
with subprocess.Popen(ssh, stdout=subprocess.PIPE, bufsize=0) as child:
    while left and (data := child.stdout.read(min(left, 65536))):
        os.write(1, data)
        left -= len(data)
        if valve == "slow":
            time.sleep(0.1)
    child.kill()
END
chmod 755 "$TMPDIR/bin/ssh"
attempt()
{
	sql "UPDATE op SET due = 1 WHERE kind = 'region-copy'"
	rm -f "$TMPDIR/carried"
	VALVE=$1 QAMI_LOG=info qami run-jobs --slow 2>"$TMPDIR/carried" &
	worker=$!
	[ "$1" = slow ] || broken
}
# broken - it has failed; who works on it is killed before he tries again
broken()
{
	seen 60 'region-copy ' "$TMPDIR/carried"
	kill -9 $worker
	wait $worker || :
}
# far_pid - who answers for the one that works
far_pid()
{
	local tries

	for tries in $(seq 600); do
		grep -lz "^SSH_CONNECTION=127.0.0.1 [0-9]* 127.0.0.1 $sshd_port" \
			/proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3 |
			while read -r pid; do
				! { tr '\0' ' ' <"/proc/$pid/cmdline"; } \
					2>/dev/null |
					grep -q '^qami region serve-copy' ||
					echo "$pid"
			done | grep . && return 0
		sleep 0.1
	done
	return 1
}
# unseen - the copy is pending, and nobody has a complaint
unseen()
{
	same 'pending ' "$(sql "SELECT state || ' ' || coalesce(message, '')
		FROM snapshot WHERE id = '$copy'")"
}

# wherever the line is cut, by whoever is killed, the copy goes on where it was
far qami delete-snapshot --snapshot-id "$two"
qami snaps -q | xargs -n 1 qami delete-snapshot --snapshot-id 2>"$TMPDIR/out" ||
	:
qami rmi alpha
qami snaps -q | xargs -rn 1 qami delete-snapshot --snapshot-id
copy "$one"
let_go
for valve in 0 4 5 60 300 1000 300000 $((6 * mib)); do
	attempt $valve
	unseen
done
has 'the connection ended' "$TMPDIR/carried"
held
sql "UPDATE op SET due = 1 WHERE kind = 'region-copy'"
carried 5
between $((5 * mib / 2)) $((5 * mib / 2 + 8192))
same "$(far told "$one")" "$(told "$copy")"
qami delete-snapshot --snapshot-id "$copy"
copy "$one"
let_go
attempt slow
kill -9 "$(far_pid)"
broken
unseen
attempt slow
there=$(far_pid)
kill -9 $worker
wait $worker || :
unseen
tries=0
while kill -0 "$there" 2>/dev/null; do
	tries=$((tries + 1))
	[ $tries -lt 600 ]
	sleep 0.1
done
sql "UPDATE op SET due = 1 WHERE kind = 'region-copy'"
arrived "$copy"
same "$(far told "$one")" "$(told "$copy")"

# one whose source is gone ends, and one whose key is
gone=$(changed "$one")
copy "$gone"
far qami delete-snapshot --snapshot-id "$gone"
carried ''
same 'error The source snapshot is gone' "$(sql "SELECT state || ' ' || message
	FROM snapshot WHERE id = '$copy'")"
copy "$darker"
sqlite3 "$TMPDIR/far/qami.db" "UPDATE kms_key SET state = 'PendingDeletion',
	deletion = 1"
carried ''
same error "$(sql "SELECT state FROM snapshot WHERE id = '$copy'")"
sql "SELECT message FROM snapshot WHERE id = '$copy'" >"$TMPDIR/out"
has 'does not exist' "$TMPDIR/out"

# a key that may copy from one store for one account
echo "command=\"qami region serve-copy --store $TMPDIR/far --account \
222222222222\",restrict $(cat "$TMPDIR/sshd/user.pub")" \
	>"$TMPDIR/sshd/authorized"
fails UnauthorizedOperation qami region add far-2 \
	--store "ssh://127.0.0.1:$sshd_port/elsewhere"
qami region add far-2 --store "ssh://127.0.0.1:$sshd_port"
fails UnauthorizedOperation qami copy-snapshot --source-region far-2 \
	--source-snapshot-id "$one"
fails InvalidSnapshot.NotFound as 222222222222 copy-snapshot \
	--source-region far-2 --source-snapshot-id "$one"
far qami modify-snapshot-attribute --snapshot-id "$one" --user-ids 222222222222
theirs=$(as 222222222222 copy-snapshot --source-region far-2 --output text \
	--query SnapshotId --source-snapshot-id "$one")
QAMI_ACCOUNT=222222222222 arrived "$theirs"

# whoever is not the store's owner there is told so
if [ "$(id -u)" = 0 ]; then
	mv "$TMPDIR/bin/ssh" "$TMPDIR/bin/ssh.not"
	ssh_stands_in
	sed -i 's/^exec /&setpriv --reuid 65534 --clear-groups /' \
		"$TMPDIR/bin/ssh"
	fails UnauthorizedOperation qami region add far-3 \
		--store "ssh://there$TMPDIR/far"
	has 'ssh there as that user' "$TMPDIR/err"
	mv "$TMPDIR/bin/ssh.not" "$TMPDIR/bin/ssh"
fi

# nobody answers any more
sshd_stop
fails Unavailable qami copy-snapshot --source-region far-1 \
	--source-snapshot-id "$one"
qami fsck >"$TMPDIR/out"
