#!/bin/sh
# ssh-config - blocks that ssh itself understands
# (machines run, but nothing boots in them: the test is the guests)
. tests/lib.sh
. tests/ssh.sh

guests_here
server_start
image alpha >/dev/null
same '' "$(qami ssh-config)"
i=$(reachable alpha web1)
port=$((port + 1))
j=$(reachable alpha 'two words')
says_keys "$i"

qami ssh-config web1 -i "$TMPDIR/key \"1\"" >"$TMPDIR/config"
for name in web1 "$i"; do
	/usr/bin/ssh -F "$TMPDIR/config" -G "$name" >"$TMPDIR/effective"
	has 'hostname 127.0.0.1' "$TMPDIR/effective"
	has "port $((port - 1))" "$TMPDIR/effective"
	has "hostkeyalias $i" "$TMPDIR/effective"
	has 'stricthostkeychecking true' "$TMPDIR/effective"
	has "identityfile $TMPDIR/key \"1\"" "$TMPDIR/effective"
done
# the file that it names knows the guest by that name
known=$(sed -n 's/^userknownhostsfile //p' "$TMPDIR/effective")
ssh-keygen -F "$i" -f "$known" >/dev/null

# all of them; a name that is no word of ssh_config stands for nobody
qami ssh-config >"$TMPDIR/config"
same 2 "$(grep -c '^Host ' "$TMPDIR/config")"
grep -qx "Host $j" "$TMPDIR/config"
/usr/bin/ssh -F "$TMPDIR/config" -G "$j" | grep -qx "port $port"
# nor does one that is two instances'
qami create-tags --resources "$j" --tags Key=Name,Value=web1
if qami ssh-config | grep -q web1; then exit 1; fi
qami ssh-config "$j" | grep -qx "Host $j"
# nor does one that is another's id, nor does what is no user's name add a line
qami create-tags --resources "$j" --tags "Key=Name,Value=$i"
qami ssh-config | grep -qx "Host $j"
nl=$(printf 'x\nProxyCommand touch %s/owned' "$TMPDIR")
qami create-tags --resources "$j" --tags "Key=qami:user,Value=$nl"
qami ssh-config >"$TMPDIR/config"
grep -q "^# $j: 'x?ProxyCommand touch " "$TMPDIR/config"
if grep -q '^ProxyCommand' "$TMPDIR/config"; then exit 1; fi
qami delete-tags --resources "$j" --tags Key=qami:user
# whoever cannot be reached is named with the reason
sql "UPDATE instance SET network = 'plain' WHERE id = '$j'"
qami ssh-config >"$TMPDIR/config"
same 1 "$(grep -c '^Host ' "$TMPDIR/config")"
grep -q "^# $j: " "$TMPDIR/config"

fails UnsupportedOperation qami ssh-config "$j"
fails InvalidInstanceID.NotFound qami ssh-config nobody
hidden "$i" ssh-config "$i"
sql 'DELETE FROM security_group_rule'
fails OperationNotPermitted qami ssh-config "$i"
qami stop --force "$i"
fails IncorrectInstanceState qami ssh-config "$i"
