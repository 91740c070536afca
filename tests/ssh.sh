# ssh.sh - a way into a machine in which nothing boots; after tests/lib.sh
#
# The test is the guest: it writes on the console and answers at the port that
# the registry takes for the forwarded one. `ssh` and `scp` are programs of the
# test's that note their words; what ssh would have a remote shell do is done by
# one here.

server=
port=0

# reachable IMAGE NAME - launches an instance whose port 22 is $port of this
# host; prints its id
reachable()
{
	local id

	id=$(qami run "$1" --name "$2" --key-name '')
	sql "UPDATE forward SET host_port = $port WHERE instance = '$id'"
	echo "$id"
}

# server_start [LINE] - answers at 127.0.0.1:$port, the same port each time, as
# an SSH server does, or with that line
server_start()
{
	rm -f "$TMPDIR/port"
	python3 - "$port" "${1:-SSH-2.0-test}" >"$TMPDIR/port" <<'PYTHON' &
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print(server.getsockname()[1], flush=True)
while True:
    client, _ = server.accept()
    client.sendall(sys.argv[2].encode().decode("unicode_escape").encode() +
                   b"\r\n")
    client.close()
PYTHON
	server=$!
	trap 'server_stop; end_guests' EXIT
	until [ -s "$TMPDIR/port" ]; do sleep 0.1; done
	port=$(cat "$TMPDIR/port")
}

server_stop()
{
	kill "$server" 2>/dev/null || :
	wait "$server" 2>/dev/null || :
}

# says_keys ID - lets a guest print a host key; in one piece and on lines of its
# own, whatever its firmware is saying
says_keys()
{
	[ -e "$TMPDIR/key" ] ||
		ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/key"
	printf '\n%s\n%s\n%s\n' '-----BEGIN SSH HOST KEY KEYS-----' \
		"$(cat "$TMPDIR/key.pub")" '-----END SSH HOST KEY KEYS-----' \
		>"$TMPDIR/keys"
	cat "$TMPDIR/keys" >>"$QAMI_STORE/instances/$1/console.log"
}

# argv_has WORD - it was among the last words that ssh or scp was given
argv_has()
{
	grep -qxF -- "$1" "$TMPDIR/argv" && return 0
	echo "no '$1' among:" >&2
	cat "$TMPDIR/argv" >&2
	return 1
}

mkdir "$TMPDIR/bin"
cat >"$TMPDIR/bin/ssh" <<'END'
#!/bin/sh
printf '%s\n' "${0##*/}" "$@" >"$TMPDIR/argv"
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
[ $# -lt 2 ] || exec sh -c "$2"
END
cp "$TMPDIR/bin/ssh" "$TMPDIR/bin/scp"
sed -i '$d' "$TMPDIR/bin/scp"
chmod 755 "$TMPDIR/bin"/*
PATH=$TMPDIR/bin:$PATH
