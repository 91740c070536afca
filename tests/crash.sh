# crash.sh - what the tests share that kill things; read after tests/lib.sh
#
# A process is killed at a system call by strace, before the call takes
# effect; the next one is the state after it. The store is then audited after
# the one command that recovers it.

# One temporary store a test, the embedded driver, and nothing left behind.
crash_setup()
{
	export QAMI_CONNECT=embed QAMI_ACCEL=tcg QAMI_STOP_TIMEOUT=20
	! sanitized || export ASAN_OPTIONS=detect_leaks=0
	rounds=0
	bad=0
	trap crash_end EXIT
	trap 'exit 130' INT TERM
}

# Ends what has a file of this test's store open or in its arguments.
crash_end()
{
	for proc in /proc/[0-9]*; do
		pid=${proc#/proc/}
		[ "$pid" != $$ ] || continue
		case $({ tr '\0' ' ' <"$proc/cmdline"; } 2>/dev/null || :) in
		*qemu*"$QAMI_STORE/"* | *"--store $QAMI_STORE "*)
			kill -9 "$pid" 2>/dev/null || : ;;
		esac
	done
}

# The calls of a command that change something, in the order in which they
# happen, COUNT of them spread over its life: lines of "NAME NUMBER". Those
# with which SQLite fills its log are taken as one.
writes='pwrite64 write fdatasync fsync ftruncate fallocate mkdir mkdirat
rmdir unlink unlinkat rename renameat renameat2 link linkat symlink chmod
fchmod fchown chown ioctl openat clone clone3 fork vfork wait4 poll connect
sendto kill pidfd_send_signal'
points()
{
	count=$1
	shift
	strace -qq -o "$TMPDIR/trace" -e trace="$(echo $writes | tr ' ' ,)" \
		"$@" >/dev/null 2>&1 || return 1
	python3 - "$TMPDIR/trace" "$count" <<'END'
import re, sys
seen, all, last = {}, [], None
for line in open(sys.argv[1], errors="replace"):
    name = re.match(r"(\w+)\(", line)
    if not name:
        continue
    name = name[1]
    seen[name] = seen.get(name, 0) + 1
    if name == "openat" and "O_CREAT" not in line:
        continue
    if name == last == "pwrite64":
        all[-1] = (name, seen[name])
        continue
    all.append((name, seen[name]))
    last = name
count = min(int(sys.argv[2]), len(all))
for i in range(count):
    print(*all[i * (len(all) - 1) // max(count - 1, 1)])
END
}

# killed CALL NUMBER COMMAND… - runs a command that is killed there
killed()
{
	call=$1
	number=$2
	shift 2
	strace -qq -o /dev/null -e trace="$call" \
		-e inject="$call:signal=KILL:when=$number" "$@" \
		>"$TMPDIR/out" 2>&1 || :
}

# wrong WHAT - counts a fault, and says it
wrong()
{
	bad=$((bad + 1))
	echo "WRONG: $*" >&2
}

# at_rest - waits until no job is at work, which is no fault; a minute at most
at_rest()
{
	tries=0
	while [ "$(sql "SELECT count(*) FROM op WHERE owner <> '' AND
		state IN ('intent', 'fired')")" -gt 0 ] && [ $tries -lt 600 ]
	do
		tries=$((tries + 1))
		sleep 0.2
	done
}

# sound WHAT [--jobs] - the next command recovers, and the store is sound then
sound()
{
	rounds=$((rounds + 1))
	if ! qami ps -a >"$TMPDIR/ps" 2>"$TMPDIR/err"; then
		wrong "$1: ps failed: $(cat "$TMPDIR/err")"
	fi
	[ -z "${2:-}" ] || at_rest
	! tests/audit ${2:-} >"$TMPDIR/audit" || return 0
	# files that a machine had open when the command looked, and that has
	# ended since, go with the command after it; so does what a child holds
	# that had not yet begun its program when its parent was killed: then the
	# operation is open, and all that it had begun is as it was. How soon they
	# end is the host's matter
	for try in 1 2 3 4 5 6 7 8; do
		grep -q '^operation .* is open$' "$TMPDIR/audit" ||
			! grep -qvE 'is doomed$|: without a row$' \
				"$TMPDIR/audit" || break
		sleep 0.5
		qami ps -a >"$TMPDIR/ps" 2>"$TMPDIR/err" || :
		! tests/audit ${2:-} >"$TMPDIR/audit" || return 0
	done
	wrong "$1: $(cat "$TMPDIR/audit" "$TMPDIR/err")"
}

# crash_report - the test's last word
crash_report()
{
	echo "$rounds kills, $bad bad"
	[ "$bad" -eq 0 ]
}

# crash_children - kills every qami of this store, whoever its parent is: the
# libvirt driver's process and the runner of jobs; but what runs beside a
# machine is as the machine is. When this returns they are gone, and so is what
# one of them had started before he was killed
crash_children()
{
	local comm proc found=yes

	while [ -n "$found" ]; do
		found=
		for proc in /proc/[0-9]*; do
			{ read -r comm <"$proc/comm"; } 2>/dev/null || continue
			# "exe": the program started itself anew
			case $comm in
			qami | exe) ;;
			*) continue ;;
			esac
			# empty, too, of one that is dead
			{ tr '\0' '\n' <"$proc/environ"; } 2>/dev/null |
				grep -qxF "QAMI_STORE=$QAMI_STORE" || continue
			! { tr '\0' '\n' <"$proc/cmdline"; } 2>/dev/null |
				grep -qx metadata || continue
			kill -9 "${proc#/proc/}" 2>/dev/null || :
			found=yes
		done
	done
}

# anew SEED - the store as it was when it was copied there
anew()
{
	crash_children
	rm -rf "$QAMI_STORE"
	cp -a "$1" "$QAMI_STORE"
}

# wrote INSTANCE - the number in the last line "wrote NUMBER" of a guest that
# counts up; 0 before the first
wrote()
{
	local last

	last=$(qami logs "$1" | tr -d '\r' |
		sed -n 's/^wrote \([0-9]*\)$/\1/p' | tail -n 1)
	echo "${last:-0}"
}

# goes_on INSTANCE WHAT - such a guest still counts
goes_on()
{
	local from tries

	from=$(wrote "$1")
	tries=0
	until [ "$(wrote "$1")" -gt "$from" ]; do
		tries=$((tries + 1))
		if [ $tries -gt 600 ]; then
			wrong "$2: the guest stands still at $from"
			return 0
		fi
		sleep 0.2
	done
}

# full_said WHAT TEXT - a refusal was for want of room
full_said()
{
	case $2 in
	*InsufficientVolumeCapacity*) ;;
	*) wrong "$1: $2" ;;
	esac
	refused=$((refused + 1))
}

# cleaned - waits until libvirt has cleaned up after ended machines: a process
# of its own does it after the answer
cleaned()
{
	tries=0
	while [ -n "$(ls "$QAMI_STORE/embed")" ] && [ $tries -lt 300 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
}

# volumes - how many there are
volumes()
{
	sql 'SELECT count(*) FROM volume'
}

# crash_mount SIZE [BLOCK] - crash_setup on a small filesystem of its own, at
# $mount
crash_mount()
{
	[ "$(id -u)" = 0 ] || skip "mounting a filesystem takes root"
	crash_setup
	mount=$TMPDIR/small
	mkdir "$mount"
	truncate -s "$1" "$TMPDIR/small.img"
	mkfs.ext4 -q -m 0 -b "${2:-4096}" "$TMPDIR/small.img"
	mount -o loop "$TMPDIR/small.img" "$mount" 2>"$TMPDIR/err" ||
		skip "loop mounts: $(cat "$TMPDIR/err")"
	export QAMI_STORE="$mount/store"
	trap 'crash_end; umount -l "$mount"' EXIT
}

# no_log_room - an emptied log keeps no blocks; nothing is written meanwhile
no_log_room()
{
	[ -s "$QAMI_STORE/qami.db-wal" ] ||
		truncate -s 0 "$QAMI_STORE/qami.db-wal"
}

# left BYTES [all] - fills that until so much is free; a store that had room for
# a moment has its reserve again, or with `all` has lost that, too
left()
{
	rm -f "$mount/fill"
	qami images >/dev/null
	no_log_room
	free=$(df -B 1 --output=avail "$mount" | tail -n 1)
	[ "$free" -le "$1" ] ||
		fallocate -l $((free - $1)) "$mount/fill" 2>/dev/null || :
	[ "${2:-}" = all ] || return 0
	# what is kept for the registry is given to it now: without that, too
	qami images >/dev/null
	no_log_room
	free=$(df -B 1 --output=avail "$mount" | tail -n 1)
	[ "$free" -le "$1" ] || fallocate -o $(stat -c %s "$mount/fill") \
		-l $((free - $1)) "$mount/fill" 2>/dev/null || :
}
