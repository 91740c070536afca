#!/bin/sh
# cp - which of the two is inside, and what scp is told
# (a machine runs, but nothing boots in it: the test is the guest)
. tests/lib.sh
. tests/ssh.sh

guests_here
server_start
image alpha >/dev/null
i=$(reachable alpha web1)
says_keys "$i"

# ends WORD… - the last words that scp was given
ends()
{
	same "$(printf '%s\n' "$@")" "$(tail -n $# "$TMPDIR/argv")"
}
qami cp notes.txt web1:/tmp/
ends -- ./notes.txt "$i:/tmp/"
same scp "$(head -n 1 "$TMPDIR/argv")"
argv_has "HostKeyAlias=$i"
argv_has StrictHostKeyChecking=yes
qami cp -r -l bob "${i%???}:/var/log/a b" /tmp/x
argv_has User=bob
ends -r -- "$i:/var/log/a b" /tmp/x
# what scp would take for a host or an option is a file
qami cp -- -x web1:
ends -- ./-x "$i:"
qami cp ./a:b web1:c:d
ends -- ./a:b "$i:c:d"
qami cp web1:-y .
ends -- "$i:-y" ./.

fails InvalidParameterCombination qami cp a b
fails InvalidParameterCombination qami cp web1:a web1:b
fails InvalidParameterCombination qami cp dir/web1:a b
fails InvalidInstanceID.NotFound qami cp nobody:a b
hidden "$i" cp "$i:a" b
fails qami.Host env PATH="$QAMI_BUILD" qami cp a web1:
server_stop
fails qami.WaiterError qami cp a web1: --timeout 1
sql 'DELETE FROM security_group_rule'
fails OperationNotPermitted qami cp a web1:
sql "UPDATE instance SET network = 'plain'"
fails UnsupportedOperation qami cp a web1:
qami stop --force web1
fails IncorrectInstanceState qami cp a web1:
