# session.sh - a libvirtd of a test's own; read after tests/lib.sh
#
# libvirt keeps all that a user's daemon has below his home, so a home is a
# daemon. Root's daemon is the system's: root becomes nobody, who may not look
# into root's directories, and so gets a copy of what a test needs.

# session_here [ARGUMENT…] - the test goes on under a home of its own, as nobody
# if it is root; the daemon starts when somebody asks for it
session_here()
{
	local who dir

	[ -z "${SESSION_HOME:-}" ] || return 0
	command -v /usr/sbin/libvirtd >/dev/null ||
		skip "no libvirtd (libvirt-daemon)"
	# in /tmp: the names of sockets below it must stay short
	SESSION_HOME=$(mktemp -d /tmp/qs-XXXXXX)
	cp "$(tests/guest/build tiny)" "$SESSION_HOME/tiny.raw"
	mkdir "$SESSION_HOME/build"
	cp "$QAMI_BUILD"/qami "$QAMI_BUILD"/qami-net "$QAMI_BUILD"/*.so \
		"$SESSION_HOME/build"
	cp -R tests "$SESSION_HOME"
	who=
	if [ "$(id -u)" = 0 ]; then
		chown -R nobody "$SESSION_HOME"
		who='setpriv --reuid nobody --regid nogroup --clear-groups'
	fi
	dir=$PWD
	cd "$SESSION_HOME"
	trap 'rm -rf "$SESSION_HOME"' EXIT
	trap 'exit 130' INT TERM
	$who env -u XDG_RUNTIME_DIR -u XDG_CACHE_HOME -u XDG_CONFIG_HOME \
		HOME="$SESSION_HOME" TMPDIR="$SESSION_HOME" \
		QAMI_BUILD="$SESSION_HOME/build" SESSION_HOME="$SESSION_HOME" \
		PATH="$SESSION_HOME/build:${PATH#*:}" \
		QAMI_STORE="$SESSION_HOME/store" QAMI_ACCEL=tcg \
		QAMI_CONNECT=qemu:///session sh "$@" || exit $?
	cd "$dir"
	exit 0
}

# session_pid NAME - of the daemon libvirtd or virtlogd; fails without one
session_pid()
{
	local pid

	pid=$(cat "$SESSION_HOME/.cache/libvirt/$1.pid" 2>/dev/null) &&
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ] &&
		echo "$pid"
}

# session_end - ends the daemons
session_end()
{
	local name pid

	for name in libvirtd virtlogd; do
		pid=$(session_pid $name) && kill "$pid" || :
	done
}
