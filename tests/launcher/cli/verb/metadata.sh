#!/bin/sh
# metadata - run by hand it makes a socket, answers there, and changes no row
. tests/lib.sh
. tests/launcher/metadata/rows

fails InvalidInstanceID.NotFound qami metadata i-0123456789abcdef0
fails InvalidParameterCombination qami metadata
fails InvalidParameterCombination qami metadata $one --bridge
fails UnsupportedOperation qami metadata --bridge
fails InvalidInstanceID.NotFound as 222222222222 metadata $one

# who only reads makes no store
fails InternalError env QAMI_STORE="$TMPDIR/none" qami metadata $one
[ ! -e "$TMPDIR/none" ]

# start - leaves the process's number in $pid
start()
{
	rm -f "$TMPDIR/said"
	qami metadata $one 2>"$TMPDIR/said" &
	pid=$!
	trap 'kill $pid 2>/dev/null || :' EXIT
	seen 60 metadata.sock "$TMPDIR/said"
}

# ask PATH - a path too long for a socket's address is no reason for none
ask()
{
	(cd "$QAMI_STORE/instances/$one/net" &&
		curl -sS --fail --retry 20 --retry-connrefused --retry-delay 1 \
			--unix-socket metadata.sock "http://169.254.169.254$1")
}

start
same "$QAMI_STORE/instances/$one/net/metadata.sock" "$(cat "$TMPDIR/said")"
same "$one" "$(ask /latest/meta-data/instance-id)"
same 'secret of a' "$(ask /latest/user-data)"
fails IncorrectState qami metadata $one
same 600 "$(stat -c %a "$QAMI_STORE/instances/$one/metadata.log")"
has 'GET /latest/user-data 200 curl/' "$QAMI_STORE/instances/$one/metadata.log"
same 2 "$(wc -l <"$QAMI_STORE/instances/$one/metadata.log")"

# it holds no lock that others would wait for
same '0|0|0' "$(sql 'PRAGMA wal_checkpoint(TRUNCATE)')"
same "$one" "$(ask /latest/meta-data/instance-id)"

# what is left when it was killed is no reason not to start
kill -9 $pid
wait $pid || :
start
same "$one" "$(ask /latest/meta-data/instance-id)"
kill $pid
wait $pid
trap - EXIT
