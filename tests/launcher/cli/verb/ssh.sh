#!/bin/sh
# ssh - what ssh is told, who is believed to be the guest, and what arrives
# (a machine runs, but nothing boots in it: the test writes on its console)
. tests/lib.sh
. tests/ssh.sh

guests_here
server_start
ami=$(image alpha)
i=$(reachable alpha web1)
log=$QAMI_STORE/instances/$i/console.log
known=$QAMI_STORE/instances/$i/known_hosts
ssh-keygen -q -t ed25519 -N '' -C a@guest -f "$TMPDIR/host"
ssh-keygen -q -t rsa -b 2048 -N '' -C b@guest -f "$TMPDIR/host2"
ssh-keygen -q -t ecdsa -N '' -C 'c d' -f "$TMPDIR/host3"
key=$(cut -d ' ' -f 1,2 "$TMPDIR/host.pub")
key2=$(cut -d ' ' -f 1,2 "$TMPDIR/host2.pub")
key3=$(cut -d ' ' -f 1,2 "$TMPDIR/host3.pub")

# without host keys there is nobody to talk to
fails qami.WaiterError qami ssh web1 --timeout 1
has 'waited in vain for: host keys printed' "$TMPDIR/err"
has 'Booting from Hard Disk' "$TMPDIR/err"
same '' "$(cat "$TMPDIR/argv" 2>/dev/null)"

# a guest may print what it likes: only keys come out of it, as we write them
{
	printf 'Linux version 6.1\r\n\0-----BEGIN SSH HOST KEY KEYS-----\r\n'
	cat "$TMPDIR/host2.pub" # of a list that never ended
	printf '[    3.1] -----BEGIN SSH HOST KEY KEYS-----\r\n'
	sed 's/$/\r/' "$TMPDIR/host.pub"
	cat "$TMPDIR/host3.pub"
	echo "@cert-authority * $key2"
	echo "* $key2"
	echo "ssh-dss $(echo "$key2" | cut -d ' ' -f 2)"
	echo "ssh-ed25519 $(echo "$key2" | cut -d ' ' -f 2)" # of another type
	echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5!!!! x'
	echo 'ssh-ed25519'
	printf 'ssh-rsa '
	head -c 6000 /dev/zero | tr '\0' A
	printf '\nssh-ed25519 \033]0;title\007\n'
	printf '<14>-----END SSH HOST KEY KEYS-----\r\n'
	echo "$key2" # behind it
} >>"$log"
if qami ssh web1 -- true; then :; fi
same "$i $key
$i $key3" "$(cat "$known")"
same 600 "$(stat -c %a "$known")"

# of two lists the later one is what the guest is now
{
	echo '-----BEGIN SSH HOST KEY KEYS-----'
	cat "$TMPDIR/host2.pub"
	echo '-----END SSH HOST KEY KEYS-----'
	echo '-----BEGIN SSH HOST KEY KEYS-----'
	echo '-----END SSH HOST KEY KEYS-----'
} >>"$log"
qami ssh web1
same "$i $key2" "$(cat "$known")"

# what ssh is told: nothing that makes it believe another
argv_has "UserKnownHostsFile=\"$known\""
argv_has GlobalKnownHostsFile=/dev/null
argv_has StrictHostKeyChecking=yes
argv_has "HostKeyAlias=$i"
argv_has HostName=127.0.0.1
argv_has "Port=$port"
argv_has User=root
argv_has ControlPath=none
same "$i" "$(tail -n 1 "$TMPDIR/argv")"
# ssh itself agrees, whatever its own configuration says
mkdir -m 700 "$HOME/.ssh"
cat >"$HOME/.ssh/config" <<'END'
Host *
	StrictHostKeyChecking no
	UserKnownHostsFile /tmp/elsewhere
	ProxyJump bastion
	ControlPath /tmp/%h
	VerifyHostKeyDNS yes
END
sed '1d;$d' "$TMPDIR/argv" | xargs -d '\n' \
	/usr/bin/ssh -F "$HOME/.ssh/config" -G "$i" >"$TMPDIR/effective"
has 'stricthostkeychecking true' "$TMPDIR/effective"
has "userknownhostsfile $known" "$TMPDIR/effective"
has 'verifyhostkeydns false' "$TMPDIR/effective"
if grep -E '^(proxyjump|controlpath) ' "$TMPDIR/effective"; then exit 1; fi

# the words of a command arrive as they are, through the shell behind ssh
# shellcheck disable=SC2016
set -- printf '<%s>' 'a b' '' "it's" '$HOME' '*' '"x"' -l 'a;b|c' '~' 'A=1' \
	'
' '\' 'ü'
qami ssh web1 "$@" >"$TMPDIR/out"
"$@" >"$TMPDIR/wanted"
cmp "$TMPDIR/wanted" "$TMPDIR/out"
same '<1>' "$(qami ssh web1 sh -c 'echo "<$(echo x | wc -l)>"')"
# a line of shell in one word is no program's name, and a blank may be in one
code=0
qami ssh web1 'echo a | cat' >"$TMPDIR/out" 2>"$TMPDIR/err" || code=$?
same 127 "$code$(cat "$TMPDIR/out")"
has 'for a line of shell: sh -c' "$TMPDIR/err"
printf '#!/bin/sh\necho "$0"\n' >"$TMPDIR/a b"
chmod 755 "$TMPDIR/a b"
same "$TMPDIR/a b" "$(qami ssh web1 "$TMPDIR/a b")"
same -n "$(qami ssh web1 echo -n -- -n | cut -d ' ' -f 2)"
qami ssh -t web1 -- -x || :
argv_has -t
same "$i
--
-x" "$(tail -n 3 "$TMPDIR/argv")"
code=0
qami ssh web1 sh -c 'exit 7' || code=$?
same 7 "$code"

# who: the option, the tag of the instance, of the image, the console, root
user()
{
	qami ssh "$@"
	sed -n 's/^User=//p' "$TMPDIR/argv"
}
cloud='ci-info: +++Authorized keys from /home/x/.ssh/authorized_keys for user'
echo "[ 9.1] cloud-init[432]: $cloud debian+++++" >>"$log"
same debian "$(user web1)"
printf "%s %s+++\n" "$cloud" -oProxyCommand=x "$cloud" 'a;b' "$cloud" '' \
	"$cloud" "$(head -c 40 /dev/zero | tr '\0' a)" >>"$log"
same debian "$(user web1)"
qami create-tags --resources "$ami" --tags Key=qami:user,Value=admin
same admin "$(user web1)"
qami create-tags --resources "$i" --tags Key=qami:user,Value=alice
same alice "$(user web1)"
same bob "$(user -l bob web1)"
fails InvalidParameterValue qami ssh --user=-x web1
fails InvalidParameterValue qami ssh -l 'a b' web1

# with which key: ssh's own business unless said
if grep '^IdentityFile' "$TMPDIR/argv"; then exit 1; fi
qami ssh -i "$TMPDIR/a \"b\" %d.pem" web1
argv_has "IdentityFile=\"$TMPDIR/a \\\"b\\\" %%d.pem\""
# shellcheck disable=SC2016
fails InvalidParameterValue qami ssh -i '${HOME}/x' web1

# a slow guest is waited for; one that says something else is none
server_stop
server_start 'HTTP/1.0 400 no'
fails qami.WaiterError qami ssh web1 --timeout 1
has 'waited in vain for: ssh ready' "$TMPDIR/err"
has "$cloud" "$TMPDIR/err"
if grep -q "$(printf '\033')" "$TMPDIR/err"; then exit 1; fi
server_stop
qami ssh web1 --timeout 60 &
client=$!
sleep 1
server_start 'hello\r\nSSH-2.0-late'
wait $client

fails qami.Host env PATH="$QAMI_BUILD" qami ssh web1

# no way in
sql 'DELETE FROM forward; DELETE FROM security_group_rule'
fails OperationNotPermitted qami ssh web1
has 'qami authorize-security-group-ingress --group-id ' "$TMPDIR/err"
has '--protocol tcp --port 22 --cidr 127.0.0.1/32' "$TMPDIR/err"
sql "UPDATE instance SET network = 'plain'"
fails UnsupportedOperation qami ssh web1
hidden "$i" ssh "$i"
fails InvalidInstanceID.NotFound qami ssh nobody
qami stop --force web1
fails IncorrectInstanceState qami ssh web1
