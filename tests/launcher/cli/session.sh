#!/bin/sh
# session - run --ssh, --console and --rm: in and out of a machine
# boots guests
. tests/lib.sh

guests_here
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null

# who has no key gets one, his own and once; nothing else is on stdout
same "Linux a b" "$(qami run tiny --name web1 -t t2.nano --ssh --timeout 300 \
	-- sh -c 'echo "$(uname) $0"' 'a b' 2>"$TMPDIR/err")"
key=$HOME/.local/share/qami/ssh/id_ed25519
has "made you a key to log in with: $key" "$TMPDIR/err"
same 600 "$(stat -c %a "$key")"
same default "$(qami describe-key-pairs --output text \
	--query 'KeyPairs[].KeyName')"
sum=$(sha256sum "$key")

# it still runs, and others find the way, too
qami ps | grep -q '	web1	running	'
qami wait web1 --for ssh --timeout 60
code=0
qami ssh web1 sh -c 'exit 7' || code=$?
same 7 "$code"
same 'a b' "$(qami ssh web1 printf %s 'a b')"
echo here >"$TMPDIR/a file"
qami cp "$TMPDIR/a file" web1:/tmp/
qami cp 'web1:/tmp/a file' "$TMPDIR/back"
cmp "$TMPDIR/a file" "$TMPDIR/back"
qami ssh-config >"$TMPDIR/config"
same tiny-again "$(/usr/bin/ssh -F "$TMPDIR/config" web1 echo tiny-again)"
# the guest alone is believed: a machine with another key is none of ours
i=$(qami ps -q)
known=$QAMI_STORE/instances/$i/known_hosts
ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/other"
sed -i "s|ssh-ed25519 .*|$(cut -d ' ' -f 1,2 "$TMPDIR/other.pub")|" "$known"
if /usr/bin/ssh -F "$TMPDIR/config" web1 true 2>"$TMPDIR/err"; then exit 1; fi
has 'verification failed' "$TMPDIR/err"
# stages come from the console, the metadata and the port
script -qec "qami wait web1 --for ssh" /dev/null </dev/null >"$TMPDIR/out"
for stage in 'kernel up' 'metadata read' 'host keys printed' 'ssh ready: '; do
	has "$stage" "$TMPDIR/out"
done
# a rule more or less is a way more or less
group=$(qami describe-security-groups --output text \
	--query 'SecurityGroups[].GroupId')
qami revoke-security-group-ingress --group-id "$group" --protocol tcp \
	--port 22 --cidr 127.0.0.1/32 >/dev/null
fails OperationNotPermitted qami ssh web1 true
sed -n 's/.*adds it: qami \(.*\) (Oper.*/\1/p' "$TMPDIR/err" >"$TMPDIR/fix"
# shellcheck disable=SC2046
qami $(cat "$TMPDIR/fix") >/dev/null
same back "$(qami ssh web1 echo back)"
qami rm web1

# the machine goes with the session, whatever that says
code=0
qami run tiny --ssh --rm --timeout 300 -- sh -c 'exit 3' || code=$?
same 3 "$code"
same '' "$(qami ps -q)"
same "$sum" "$(sha256sum "$key")"
# and when somebody interrupts it, in the guest or before
interrupted()
{
	local code

	code=0
	kill "$run"
	wait "$run" || code=$?
	same 130 "$code"
	same '' "$(qami ps -q)"
}
qami run tiny --ssh --rm --timeout 300 -- \
	sh -c 'echo i am in; sleep 300' >"$TMPDIR/out" 2>&1 &
run=$!
seen 300 'i am in' "$TMPDIR/out"
interrupted
qami run tiny --ssh --rm --timeout 300 -- true >"$TMPDIR/out" 2>&1 &
run=$!
until [ -n "$(qami ps -q)" ]; do sleep 0.3; done
interrupted

# the console, from its first byte to the guest's last, or to Ctrl-]
(
	seen 300 'qami-guest: ready' "$TMPDIR/console"
	echo 'echo the sum is $((40 + 2))'
	seen 60 'the sum is 42' "$TMPDIR/console"
	echo poweroff
) | qami run tiny --console --rm >"$TMPDIR/console"
has 'Machine UUID' "$TMPDIR/console"
has 'Linux version' "$TMPDIR/console"
has 'going down (poweroff)' "$TMPDIR/console"
same 1 "$(grep -c 'Linux version' "$TMPDIR/console")"
same '' "$(qami ps -q)"
printf '\035' | qami run tiny --name kept --console
qami ps | grep -q '	kept	running	'
