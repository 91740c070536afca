#!/bin/sh
# Many at once on a few volumes and two guests: attach, detach, modify,
# snapshot, stop, start and reboot, at random for STORM_SECONDS. None of it may
# fail by accident, and at the end rows, files and QEMU agree.
set -eu
cd "$(dirname "$0")/../.."
PATH=$PWD/build:$PATH
work=$(mktemp -d "${TMPDIR:-/tmp}/qami-storm.XXXXXX")
chmod 711 "$work"
export QAMI_STORE="$work/store" QAMI_CONNECT=embed QAMI_ACCEL=tcg
export QAMI_STOP_TIMEOUT=3
trap 'qami ps -q | xargs -r qami rm; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
guests="$(qami run tiny -t t2.nano) $(qami run tiny -t t2.nano)"
volumes=
for _ in 1 2 3; do
	volumes="$volumes $(qami create-volume --size 1 --volume-type gp3 \
		--availability-zone us-east-1a --output text --query VolumeId)"
done

# worker SEED - what it did, and how often it went well or was refused
worker()
{
	python3 - "$1" "${STORM_SECONDS:-120}" "$guests" "$volumes" <<'END'
import collections, random, re, subprocess, sys, time
seed, seconds, guests, volumes = sys.argv[1:]
random.seed(int(seed))
refusals = re.compile(r"\((Incorrect(Instance|Modification)?State|VolumeInUse|Unavailable|"
                      r"InvalidParameterValue|"
                      r"VolumeModificationRateExceeded)\)")
verbs = {
    "attach-volume": (35, "vi", ["--device"]),
    "detach-volume": (30, "v", []),
    "modify-volume": (10, "v", ["--throughput"]),
    "create-snapshot": (10, "v", []),
    "stop-instances": (5, "I", ["--force"]),
    "start-instances": (7, "I", []),
    "reboot-instances": (3, "I", []),
}
done = collections.Counter()
end = time.monotonic() + float(seconds)
while time.monotonic() < end:
    verb, = random.choices(list(verbs), [v[0] for v in verbs.values()])
    _, about, options = verbs[verb]
    call = ["qami", verb]
    if "v" in about:
        call += ["--volume-id", random.choice(volumes.split())]
    if "i" in about:
        call += ["--instance-id", random.choice(guests.split())]
    if "I" in about:
        call += ["--instance-ids", random.choice(guests.split())]
    call += options
    if options == ["--device"]:
        call.append("sd" + random.choice("fgh"))
    if options == ["--throughput"]:
        call.append(str(random.randint(125, 300)))
    run = subprocess.run(call, capture_output=True, text=True)
    if run.returncode and not refusals.search(run.stderr):
        print("BAD:", *call, run.stderr)
    done["refused" if run.returncode else "done"] += 1
print(done["done"], "done,", done["refused"], "refused")
END
}

for seed in 1 2 3 4; do
	worker $seed >"$work/worker.$seed" &
done
wait
cat "$work"/worker.*
bad=$(cat "$work"/worker.* | grep -c ^BAD: || :)

# what was on its way arrives
tries=0
until tests/audit >"$work/audit"; do
	tries=$((tries + 1))
	[ $tries -lt 20 ] || break
	qami ps >/dev/null
done
cat "$work/audit"
bad=$((bad + $(wc -l <"$work/audit")))
for guest in $guests; do
	[ "$(qami ps | awk -v id="$guest" '$1 == id { print $3 }')" = \
		running ] || qami start "$guest"
	sqlite3 "$QAMI_STORE/qami.db" "SELECT layer FROM volume WHERE id IN
		(SELECT volume FROM attachment WHERE instance = '$guest')" |
		sort >"$work/rows"
	tests/qmp "$guest" query-block | grep -o 'layer-[0-9a-f]*\.qcow2' |
		sort -u >"$work/qemu"
	while read -r layer; do
		grep -q "$layer" "$work/qemu" || {
			echo "$guest lacks $layer"
			bad=$((bad + 1))
		}
	done <"$work/rows"
done
echo "$bad bad"
[ "$bad" -eq 0 ]
