# lib.sh - what shell tests share; read with `. tests/lib.sh`
set -eu

# fails CODE COMMAND… - the command must fail with an EC2 error of that code
fails()
{
	local code

	code=$1
	shift
	if "$@" >"$TMPDIR/out" 2>"$TMPDIR/err"; then
		echo "succeeded but should fail with $code: $*" >&2
		return 1
	fi
	grep -qF "($code)" "$TMPDIR/err" && return 0
	echo "failed, but not with $code: $*" >&2
	cat "$TMPDIR/err" >&2
	return 1
}

# same WANTED GOT - two texts are equal
same()
{
	[ "$1" = "$2" ] && return 0
	echo "wanted: $1" >&2
	echo "got:    $2" >&2
	return 1
}

# sql STATEMENT - asks the store's registry, waiting while it is written
sql()
{
	sqlite3 -cmd '.timeout 10000' "$QAMI_STORE/qami.db" "$1"
}

# has TEXT FILE - a file contains a text
has()
{
	grep -qF -- "$1" "$2" && return 0
	echo "'$1' is not in $2:" >&2
	tail -n 30 "$2" >&2
	return 1
}

# skip WHY - the host lacks a feature; the sentence names it
skip()
{
	echo "$*"
	exit 77
}

# sanitized - whether the program is instrumented: AddressSanitizer takes
# terabytes of addresses, and finds no leaks under strace
sanitized()
{
	grep -q __asan_init "$QAMI_BUILD/qami"
}

# without_memory CODE COMMAND… - the command must fail so where a machine finds
# too little memory
without_memory()
{
	local code

	code=$1
	shift
	sanitized || fails "$code" \
		sh -c 'ulimit -v 3000000; exec "$@"' without_memory "$@"
}

# libguestfs_here - AddressSanitizer wraps libtirpc's functions, but
# only if they are there when the program starts: libguestfs would call nothing
libguestfs_here()
{
	! sanitized || skip "AddressSanitizer does not go with libguestfs"
}

# get PATH - one value out of JSON on stdin: get Images.0.ImageId
get()
{
	"${QAMI_BUILD:-build}/tests/get" "$1"
}

# patience SECONDS - until when something is waited for that takes so long at
# most: a host may have much else to do
patience()
{
	echo $(($(date +%s) + 3 * $1))
}

# seen SECONDS TEXT FILE - waits until a growing file contains a text
seen()
{
	local end

	end=$(patience "$1")
	while ! grep -qF -- "$2" "$3" 2>/dev/null; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "'$2' did not appear in $3 in time:" >&2
			tail -n 20 "$3" >&2
			return 1
		fi
		sleep 0.2
	done
}

# disk PATH [SIZE] - makes a small disk image that a machine halts at: its boot
# sector is cli, hlt and a jump to that, for a machine which goes on through
# zeros takes all of a core
disk()
{
	truncate -s "${2:-1M}" "$1"
	printf '\372\364\353\375' | dd of="$1" bs=4 conv=notrunc status=none
	printf '\125\252' | dd of="$1" bs=1 seek=510 conv=notrunc status=none
}

# image NAME [OPTION…] - imports such a disk; prints the image's id
image()
{
	[ -e "$TMPDIR/disk.raw" ] || disk "$TMPDIR/disk.raw"
	qami import "$TMPDIR/disk.raw" --name "$@"
}

# dry COMMAND… - the command with --dry-run answers that it would succeed
dry()
{
	fails DryRunOperation "$@" --dry-run
}

# as ACCOUNT… - qami for that account
as()
{
	local account

	account=$1
	shift
	qami --account "$account" "$@"
}

# hidden ID VERB… - to a stranger the thing in a command, which is there, looks
# exactly like one that never was
hidden()
{
	local real fake word

	real=$1
	fake=${1%%-*}-0fedcba9876543210
	shift
	if as 222222222222 "$@" >"$TMPDIR/out" 2>"$TMPDIR/real"; then
		echo "a stranger's command succeeded: $*" >&2
		return 1
	fi
	for word do
		shift
		set -- "$@" "$(printf '%s' "$word" | sed "s/$real/$fake/g")"
	done
	as 222222222222 "$@" >"$TMPDIR/out" 2>"$TMPDIR/fake" || :
	sed "s/$fake/$real/g" "$TMPDIR/fake" | cmp - "$TMPDIR/real" >&2
}

# unworked [jobs] - from now on nobody works on slow jobs (or on the others), until
# descriptor 9 is closed; a command without it (9>&-) leaves none to a job that it
# starts
unworked()
{
	exec 9>"$QAMI_STORE/run/${1:-slow}.lock"
	python3 -I -S -c '
import fcntl, struct
fcntl.fcntl(9, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))'
}

# end_guests - terminates all instances of the test's store; for traps
end_guests()
{
	local owner guest

	for owner in 123456789012 222222222222; do
		for guest in $(as $owner ps -q 2>/dev/null); do
			as $owner rm "$guest" 2>/dev/null && continue
			as $owner modify-instance-attribute --instance-id \
				"$guest" --no-disable-api-termination || :
			as $owner rm "$guest" || :
		done
	done
}

# finds COUNT VERB NAME=VALUE[,VALUE…]… - how many a listing has of what passes
# each filter; blanks belong to the filters
finds()
{
	local wanted verb list filter got

	wanted=$1
	verb=$2
	shift 2
	case $verb in
	describe-instances) list='Reservations[].Instances[]' ;;
	*) list='values(@)[0]' ;;
	esac
	for filter do
		got=$(qami "$verb" --query "length($list)" --filters \
			"Name=${filter%%=*},Values=${filter#*=}")
		same "$wanted of $filter" "$got of $filter"
	done
}

# guests_here - the test's machines are emulated ones of its own and end with it
guests_here()
{
	QAMI_CONNECT=embed QAMI_ACCEL=tcg GUESTS=yes
	export QAMI_CONNECT QAMI_ACCEL
	trap 'end_guests; end_served' EXIT
	trap 'exit 130' INT TERM
}

# served [OPTION…] - starts the endpoint for the test's store; it is found at
# $AWS_ENDPOINT_URL, its log is $TMPDIR/served.log, its process $SERVED
served()
{
	[ -n "${GUESTS:-}" ] || trap end_served EXIT
	rm -f "$TMPDIR/served"
	qami serve --listen 127.0.0.1:0 "$@" >"$TMPDIR/served" \
		2>>"$TMPDIR/served.log" &
	SERVED=$!
	seen 60 run/qami.sock "$TMPDIR/served" || {
		cat "$TMPDIR/served.log" >&2
		return 1
	}
	AWS_ENDPOINT_URL=$(sed -n 's|^at http|http|p' "$TMPDIR/served")
	export AWS_ENDPOINT_URL
}

# free_port - a port of 127.0.0.1 that nobody listens at, and none of those which
# the kernel gives to whoever connects or wants just any: it is still free when
# somebody comes, or comes back, to listen there
free_port()
{
	local port

	while :; do
		port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
		[ -n "$(ss -Htan "sport = :$port")" ] || break
	done
	echo "$port"
}

# talks PROCESS - waits until a command has had its server's ear for a while
talks()
{
	until ls -l "/proc/$1/fd" | grep -q socket:; do sleep 0.1; done
	sleep 0.5
}

# end_served - stops it, and says how it went
end_served()
{
	local pid

	pid=${SERVED:-}
	SERVED=
	[ -z "$pid" ] || { kill "$pid" && wait "$pid"; }
}

# launch IMAGE [OPTION…] - prints the id of the one instance
launch()
{
	qami run-instances --output text --query 'Instances[0].InstanceId' \
		--image-id "$@"
}

# ports ID - of a guest that ports of 127.0.0.1 lead to, which listen
ports()
{
	# who did not answer at once is told by a job
	told
	sql "SELECT guest_port || ' ' || host_port FROM forward
		WHERE instance = '$1' ORDER BY guest_port" |
		while read -r guest host; do
			ss -Hltn "sport = :$host" |
				grep -q "127.0.0.1:$host " || continue
			echo "$guest"
		done | tr '\n' ' '
}

# told - waits until every machine has heard what its groups allow
told()
{
	local tries=0

	while [ -n "$(sql "SELECT id FROM op WHERE kind = 'tell' AND
		state IN ('intent', 'fired')")" ]; do
		tries=$((tries + 1))
		[ $tries -le 600 ] || {
			echo "a machine is not told" >&2
			return 1
		}
		sleep 0.1
	done
}

# state ID - of an instance
state()
{
	qami describe-instances --instance-ids "$1" |
		get Reservations.0.Instances.0.State.Name
}

# reaches SECONDS ID STATE - waits until an instance is in a state
reaches()
{
	local end now

	end=$(patience "$1")
	while now=$(state "$2"); [ "$now" != "$3" ]; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "$2 is $now and not $3 in time" >&2
			return 1
		fi
		sleep 0.3
	done
}

# says SECONDS ID TEXT [COUNT] - waits for so many lines with it on a console
says()
{
	local end

	end=$(patience "$1")
	while [ "$(qami logs "$2" | grep -cF -- "$3")" -lt "${4:-1}" ]; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "$2 has not said '$3' in time:" >&2
			qami logs "$2" | tail -n 20 >&2
			return 1
		fi
		sleep 0.3
	done
}

# small_disk SCRIPT - runs a script where only 4 MiB are to be had, the store
# among them; `fill` takes what is left of them, `drain` gives it back
small_disk()
{
	mkdir -p "$TMPDIR/small"
	unshare -rm sh -euc '
		mount -t tmpfs -o size=4M,mode=755 tmpfs "$1"
		cd "$1"
		QAMI_STORE=$1/store
		export QAMI_STORE
		fill() { head -c 4M /dev/zero >filler 2>/dev/null || :; }
		drain() { rm filler; }
		eval "$2"' small_disk "$TMPDIR/small" "$1"
}

# has_small_disk - whether this host lets us have one
has_small_disk()
{
	unshare -rm true 2>/dev/null
}

# answers TEXT COMMAND… - runs a command at a terminal and types one line there
answers()
{
	python3 -c '
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
os.write(fd, (sys.argv[1] + "\n").encode())
data = b""
while True:
    try:
        got = os.read(fd, 65536)
    except OSError:
        break
    if not got:
        break
    data += got
sys.stdout.write(data.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
' "$@"
}
