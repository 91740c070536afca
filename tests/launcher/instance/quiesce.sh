#!/bin/sh
# boots guests
# takes long
# Snapshots of a guest that runs QEMU's agent are taken while its filesystems
# are frozen, and thawed they are afterwards: also when the snapshot fails, when
# the agent hangs and comes back, and when who took it is killed.
. tests/lib.sh
. tests/snapshot.sh
. tests/crash.sh

guests_here
# the instance's disk that it writes to: ext4, with a journal
truncate -s 1G "$TMPDIR/data.raw"
mke2fs -q -t ext4 "$TMPDIR/data.raw"
data=$(qami import-snapshot --disk-container "File=$TMPDIR/data.raw" |
	get SnapshotTaskDetail.SnapshotId)
rm "$TMPDIR/data.raw"
qami import "$(tests/guest/build agent)" --name agent >/dev/null
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
mount -t ext4 /dev/vdb /mnt
agent
(n=0
while n=$((n + 1)); do
	echo $n >/mnt/count.new
	sync
	mv /mnt/count.new /mnt/count
	echo "wrote $n" >/dev/console
	sleep 0.1
done) &
SCRIPT
i=$(qami run agent --name one -t t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings '[{"DeviceName": "/dev/sdf",
	"Ebs": {"SnapshotId": "'"$data"'"}}]')
says 180 "$i" 'wrote 3'
vol=$(sql "SELECT volume FROM attachment WHERE device = '/dev/sdf'")

# types TEXT - on the guest's console, and waits until the guest has done it
typed=0
types()
{
	typed=$((typed + 1))
	timeout 300 python3 - "$i" "$1" $typed <<'END'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp("qami", ["qami", "console", sys.argv[1]])
# what is typed comes back as well, but with the quotes
os.write(fd, b"\n%s; echo ty''ped %s.\n" %
         (sys.argv[2].encode(), sys.argv[3].encode()))
seen = b""
while b"typed %s." % sys.argv[3].encode() not in seen:
    seen += os.read(fd, 4096)
os.write(fd, b"\x1d")
try:
    while os.read(fd, 4096):
        pass
except OSError:
    pass
os.waitpid(pid, 0)
END
}

# hooks - what the agent's hook has been told, in lines that have their ends
hooks()
{
	qami logs "$i" | tr '\r' ';' | sed -n 's/^.*agent: \([a-z]*\);$/\1/p' |
		tr '\n' ' '
}

# hooked WORDS [COUNT] - waits until the first COUNT, or all, of these are WORDS:
# what the guest prints is on its way for a moment
hooked()
{
	local end

	end=$(patience 20)
	until [ "$(hooks | cut -d ' ' -f "1-${2:-}")" = "$1" ]; do
		[ "$(date +%s)" -lt "$end" ] || same "$1" "$(hooks)"
		sleep 0.1
	done
}

# thawed - waits until that is the last that it was told
thawed()
{
	local end

	end=$(patience 20)
	until [ "$(hooks | sed 's/.* \(.*\) $/\1/')" = thaw ]; do
		[ "$(date +%s)" -lt "$end" ] || same thaw "$(hooks)"
		sleep 0.1
	done
}

# goes_on - the guest still writes to its filesystem
goes_on()
{
	local last end

	last=$(qami logs "$i" | grep -c '^wrote' || :)
	end=$(patience 40)
	until [ "$(qami logs "$i" | grep -c '^wrote')" -gt "$last" ]; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "the guest stands still" >&2
			return 1
		fi
		sleep 0.2
	done
}

# journal SNAPSHOT - whether the filesystem's journal has to be replayed
journal()
{
	qemu-img convert -O raw "$(of snapshot "$1")" "$TMPDIR/look.raw"
	dumpe2fs -h "$TMPDIR/look.raw" 2>/dev/null |
		grep -c needs_recovery || :
	rm "$TMPDIR/look.raw"
}

# a frozen filesystem has nothing left in its journal
one=$(snap "$vol")
hooked 'freeze thaw '
same 0 "$(journal "$one")"
goes_on
qami create-snapshots --instance-specification "InstanceId=$i" >/dev/null
hooked 'freeze thaw freeze thaw '
goes_on

# a snapshot that fails in QEMU: somebody has taken the names of its next nodes
n=$(find "$QAMI_STORE/embed" -name "$i.xml" -exec \
	sed -n "s/.*<nodename index='\([0-9]*\)'.*/\1/p" {} +)
for n in $((n + 1)) $((n + 2)); do
	tests/qmp "$i" blockdev-add '{"driver": "null-co", "node-name":
		"libvirt-'$n'-storage"}' >/dev/null
	tests/qmp "$i" blockdev-add '{"driver": "raw", "node-name":
		"held-'$n'", "file": "libvirt-'$n'-storage"}' >/dev/null
done
fails InternalError qami create-snapshot --volume-id "$vol"
hooked 'freeze thaw freeze thaw freeze thaw' 6
goes_on
for n in $n $((n - 1)); do
	tests/qmp "$i" blockdev-del '{"node-name": "held-'$n'"}' >/dev/null
	tests/qmp "$i" blockdev-del '{"node-name": "libvirt-'$n'-storage"}' \
		>/dev/null
done
settled

# an agent that does not even say that it is there
before=$(hooks)
types 'kill -STOP $(pidof qemu-ga)'
one=$(snap "$vol")
same 1 "$(journal "$one")"
same "$before" "$(hooks)"
goes_on
types 'kill -CONT $(pidof qemu-ga)'
settled
one=$(snap "$vol")
same 0 "$(journal "$one")"

# one that hangs in a hook, and freezes the guest when nobody waits for it
types 'echo 14 >/run/hang'
qami create-snapshot --volume-id "$vol" >/dev/null
goes_on
types 'rm /run/hang'
settled
goes_on
thawed

# who takes it is killed while the guest is frozen
types 'echo 3 >/run/hang'
before=$(hooks | wc -w)
qami create-snapshot --volume-id "$vol" >/dev/null 2>&1 &
until [ "$(hooks | wc -w)" -gt "$before" ]; do
	sleep 0.1
done
crash_children
types 'rm /run/hang'
qami ps >/dev/null
settled
goes_on
thawed

# without an agent nobody waits for one
types 'kill $(pidof qemu-ga)'
before=$(hooks)
begin=$(date +%s%N)
one=$(snap "$vol")
echo "without an agent: $((($(date +%s%N) - begin) / 1000000)) ms"
same "$before" "$(hooks)"
same 1 "$(journal "$one")"
goes_on
