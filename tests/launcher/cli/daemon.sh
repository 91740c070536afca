#!/bin/sh
# daemon - a console, its log and ssh together, under a user's own libvirtd
# boots guests
. tests/lib.sh
. tests/session.sh
session_here "$0"
trap 'end_guests; session_end' EXIT
trap 'exit 130' INT TERM

mkdir -m 700 "$HOME/.ssh"
ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
qami import "$SESSION_HOME/tiny.raw" --name tiny >/dev/null
(
	seen 300 'qami-guest: ready' "$TMPDIR/console"
	qami logs -f web1 >"$TMPDIR/follow" &
	follower=$!
	echo 'echo the sum is $((40 + 2))'
	seen 60 'the sum is 42' "$TMPDIR/follow"
	seen 60 'the sum is 42' "$TMPDIR/console"
	kill $follower
	qami ssh -i "$HOME/.ssh/id_ed25519" web1 echo inside >"$TMPDIR/ssh" || :
	echo poweroff
) | qami run tiny --name web1 --console >"$TMPDIR/console"
has 'Machine UUID' "$TMPDIR/console"
# what a terminal has not handed on when its other end goes is in the log
qami logs web1 >"$TMPDIR/log"
has 'going down (poweroff)' "$TMPDIR/log"
same 1 "$(grep -c 'Linux version' "$TMPDIR/console")"
same inside "$(cat "$TMPDIR/ssh")"
