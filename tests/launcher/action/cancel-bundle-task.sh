#!/bin/sh
# cancel-bundle-task - it stops, whatever it is at, and takes back what it has
# stored; a killed one goes on
# boots guests
# takes long
. tests/lib.sh
. tests/bundle.sh
. tests/crash.sh

guests_here
describe='describe-bundle-tasks --bundle-ids'

# bundled PREFIX - begins; prints the task's id
bundled()
{
	qami bundle-instance --instance-id "$i" \
		--storage "S3={Bucket=images,Prefix=$1}" |
		get BundleTask.BundleId
}

# over SECONDS ID STATE - waits until it has ended so
over()
{
	local end now

	end=$(($(date +%s) + $1))
	while now=$(qami $describe "$2" | get BundleTasks.0.State); do
		case $now in
		"$3") return 0 ;;
		complete | failed) break ;;
		esac
		[ "$(date +%s)" -lt "$end" ] || break
		sleep 0.1
	done
	qami $describe "$2" >&2
	return 1
}

# at ID STATE - stops whoever works on a task in that state, which may be short
at()
{
	python3 - "$@" <<'END'
import glob, os, signal, sqlite3, sys, time
task, wanted = sys.argv[1:]
store = os.path.realpath(os.environ["QAMI_STORE"])
db = sqlite3.connect(f"{store}/qami.db", timeout=0, isolation_level=None)

def runners():
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            words = open(path, "rb").read().split(b"\0")
        except OSError:
            continue
        if b"--slow" in words and store.encode() in words:
            yield int(path.split("/")[2])

def signalled(number):
    for pid in list(pids):
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # a helper of the runner's
            pids.remove(pid)

def stopped():
    """Stops them, unless one holds the registry just now."""
    signalled(signal.SIGSTOP)
    time.sleep(0.05)  # until all of its threads have
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        signalled(signal.SIGCONT)
        return False
    db.execute("ROLLBACK")
    return True

pids = []
while True:
    state, percent = db.execute("SELECT state, progress FROM bundle_task "
                                "WHERE id = ?", (task,)).fetchone()
    # how a snapshot is taken is tried elsewhere: the work itself has begun
    if state == wanted and percent and pids and stopped():
        break
    if state in ("complete", "failed"):
        sys.exit(f"it was never {wanted}, but is {state}")
    if state in ("bundling", "storing") and not pids:
        pids = list(runners())
    time.sleep(0.001)
with open(os.environ["TMPDIR"] + "/stopped", "w") as file:
    print(*pids, file=file)
END
}

# goes_on - lets them
goes_on()
{
	kill -CONT $(cat "$TMPDIR/stopped")
}

# nothing - no task has left anything here or in the bucket
nothing()
{
	same '' "$(ls "$QAMI_STORE/bundling" 2>/dev/null)"
	same '' "$(find "$QAMI_STORE/buckets/images" -type f)"
}

# enough to take seconds
disk "$TMPDIR/disk.raw" 160M
head -c 120M /dev/urandom | dd of="$TMPDIR/disk.raw" bs=1M seek=1 \
	conv=notrunc status=none
ami=$(qami import "$TMPDIR/disk.raw" --name large)
i=$(launch "$ami")

fails InvalidBundleID.NotFound qami cancel-bundle-task \
	--bundle-id bun-0fedcba9876543210
fails InvalidID qami cancel-bundle-task --bundle-id "$i"

# at once, while it is packed, and while it is stored
for state in pending bundling storing; do
	task=$(bundled "cancelled/$state")
	case $state in
	pending)
		hidden "$task" cancel-bundle-task --bundle-id "$task"
		dry qami cancel-bundle-task --bundle-id "$task"
		;;
	*) at "$task" $state ;;
	esac
	qami cancel-bundle-task --bundle-id "$task" >"$TMPDIR/answer"
	same "$task" "$(get BundleTask.BundleId <"$TMPDIR/answer")"
	same cancelling "$(get BundleTask.State <"$TMPDIR/answer")"
	[ $state = pending ] || goes_on
	over 60 "$task" failed
	same Client.Cancelled "$(qami $describe "$task" |
		get BundleTasks.0.BundleTaskError.Code)"
	nothing
	fails IncorrectState qami cancel-bundle-task --bundle-id "$task"
done
same 0 "$(qami describe-snapshots --owner-ids self --query \
	'length(Snapshots[?Description==`taken for a bundle`])')"

# killed while it packs, and while it stores: it goes on
for state in bundling storing; do
	task=$(bundled "killed/$state")
	at "$task" $state
	crash_children
	over 120 "$task" complete
	ami=$(registered "images/killed/$state.manifest.xml" "$state")
	j=$(launch "$ami")
	# as it is on the disk, every byte that there was
	cmp -n 167772160 "$QAMI_STORE"/cache/*.raw "$TMPDIR/disk.raw"
	qami rm "$j"
	qami gc >"$TMPDIR/gc"
done

# its instance goes away meanwhile: what was held still is bundled
task=$(bundled gone)
at "$task" bundling
goes_on
qami rm "$i"
over 120 "$task" complete
tests/audit --jobs
