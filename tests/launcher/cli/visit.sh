#!/bin/sh
# visit - another user's store: ssh, cp, logs and run --ssh by its server
# boots guests
. tests/lib.sh

[ "$(id -u)" = 0 ] || skip "only root can become another user"
guests_here
tiny=$(qami import "$(tests/guest/build tiny)" --name tiny)
image blank >/dev/null
served --workers 2
qami account create student --id 222222222222 --user 65534 >/dev/null
qami modify-image-attribute --image-id "$tiny" \
	--launch-permission 'Add=[{UserId=222222222222}]'
mkdir -m 777 "$TMPDIR/home"
cp "$QAMI_BUILD/qami" "$TMPDIR/qami"

# what he types; a program, so that a signal finds it
cat >"$TMPDIR/student" <<'END'
#!/bin/sh
exec setpriv --reuid 65534 --regid 65534 --clear-groups env -u QAMI_STORE \
	-u XDG_DATA_HOME HOME="$TMPDIR/home" QAMI_MACHINE_STORE="$QAMI_STORE" \
	"$TMPDIR/qami" "$@"
END
chmod 755 "$TMPDIR/student"

# student WORD…
student()
{
	"$TMPDIR/student" "$@"
}

# in and out again; the key that he is made for it is his own, and it alone is
# on stdout what the guest says
same 'Linux a b' "$(student run tiny --name mine -t t2.nano --ssh \
	--timeout 300 -- sh -c 'echo "$(uname) $0"' 'a b' 2>"$TMPDIR/err")" || {
	cat "$TMPDIR/err" >&2
	exit 1
}
own=$TMPDIR/home/.local/share/qami/ssh
has "made you a key to log in with: $own/id_ed25519" "$TMPDIR/err"
same "65534 600" "$(stat -c '%u %a' "$own/id_ed25519")"
i=$(student ps -q)
same 222222222222 "$(sql "SELECT owner FROM instance WHERE id = '$i'")"
[ ! -e "$HOME/.local/share/qami/ssh" ]

# the guest is known to him by a file of his own
code=0
student ssh mine sh -c 'exit 7' || code=$?
same 7 "$code"
same "$(cat "$QAMI_STORE/instances/$i/known_hosts")" \
	"$(cat "$own/known_hosts/$i")"
echo here >"$TMPDIR/a file"
student cp "$TMPDIR/a file" mine:/tmp/
same here "$(student ssh "${i%????}" cat '/tmp/a file')"
student ssh-config >"$TMPDIR/config"
grep -qx "Host $i mine" "$TMPDIR/config"
same again "$(setpriv --reuid 65534 --regid 65534 --clear-groups \
	ssh -F "$TMPDIR/config" mine echo again)"
same "127.0.0.1:$(sql "SELECT host_port FROM forward WHERE
	instance = '$i' AND guest_port = 22")" "$(student port mine 22)"

# the console's log to the last byte, holes and all, and what comes
log=$QAMI_STORE/instances/$i/console.log
truncate -s 8M "$log"
echo 'behind the hole' >>"$log"
student logs mine >"$TMPDIR/there"
qami --account student logs mine >"$TMPDIR/here"
cmp "$TMPDIR/here" "$TMPDIR/there"
grep -q '^\[.* MiB are gone\]' "$TMPDIR/there"
student logs -f mine >"$TMPDIR/follow" &
follower=$!
seen 60 'behind the hole' "$TMPDIR/follow"
student ssh mine sh -c 'echo it goes on >/dev/console'
seen 60 'it goes on' "$TMPDIR/follow"
fails OperationNotPermitted student console mine
has 'qami logs -f' "$TMPDIR/err"
fails OperationNotPermitted student run tiny --console --rm

# what is another's is not there
theirs=$(qami run blank --name theirs)
absent=i-0fedcba9876543210
for words in 'ssh ID true' 'ssh-config ID' 'logs ID' 'logs -f ID' \
	'cp ID:/etc/passwd .' 'ssh-access ID' 'ssh-access ID --timeout 1' \
	'console-bytes ID' 'port ID'; do
	for id in $theirs $absent; do
		# shellcheck disable=SC2046
		fails InvalidInstanceID.NotFound \
			student $(echo "$words" | sed "s/ID/$id/")
		sed "s/$id/ID/g" "$TMPDIR/err" >"$TMPDIR/$id"
	done
	cmp "$TMPDIR/$theirs" "$TMPDIR/$absent"
done
fails InvalidInstanceID.NotFound student logs theirs
fails InvalidParameterValue student console-bytes mine --offset -1
student ssh-config >"$TMPDIR/config"
same 1 "$(grep -c '^Host ' "$TMPDIR/config")"

# where others wait already he waits for his turn
qami wait theirs --for stopped --timeout 60 &
waiting=$!
talks $waiting
student ssh mine echo my turn >"$TMPDIR/out" &
turn=$!
seen 60 qami.Refused "$TMPDIR/served.log"
qami stop --force theirs
wait $waiting
wait $turn
same 'my turn' "$(cat "$TMPDIR/out")"

# a session that is interrupted takes its machine along, before anybody in it
# answers, too
student rm mine
wait $follower
qami --account student logs "$i" | cmp - "$TMPDIR/follow"
"$TMPDIR/student" run tiny --ssh --rm --timeout 300 -- true >"$TMPDIR/out" 2>&1 &
run=$!
until [ -n "$(student ps -q)" ]; do sleep 0.3; done
kill $run
code=0
wait $run || code=$?
same 130 "$code"
same '' "$(student ps -q)"

# and a key of his that is there is what his pair becomes, not the server's
mkdir "$TMPDIR/home/.ssh"
ssh-keygen -q -t ed25519 -N '' -C his -f "$TMPDIR/home/.ssh/id_ed25519"
mkdir "$HOME/.ssh"
ssh-keygen -q -t ed25519 -N '' -C roots -f "$HOME/.ssh/id_ed25519"
student delete-key-pair --key-name default >/dev/null
student run tiny --client-token keyed >/dev/null
same "$(cut -d ' ' -f 1,2 "$TMPDIR/home/.ssh/id_ed25519.pub")" \
	"$(student describe-key-pairs --include-public-key --output text \
		--query 'KeyPairs[].PublicKey' | cut -d ' ' -f 1,2)"

# without the server there is nobody to ask
end_served
fails qami.Host student --store "$QAMI_STORE" ssh mine
has "the store $QAMI_STORE is root's" "$TMPDIR/err"
