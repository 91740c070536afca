#!/bin/sh
# boots guests
# A machine that ends without anybody's asking: QEMU killed, the guest powered
# off, the host rebooted, all while nobody looks. Only what a guest itself did
# counts as its wish; nothing else ever deletes a volume.
. tests/lib.sh
. tests/crash.sh
crash_setup
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null

new()
{
	qami run tiny --name "$1" -t "$2" --shutdown-behavior "$3" \
		--user-data "${4:-}"
}

# field ID NAME - of an instance
field()
{
	qami describe-instances --instance-ids "$1" |
		get "Reservations.0.Instances.0.$2"
}

# ended ID STATE CODE VOLUMES - it has ended so
ended()
{
	same "$2 $3" "$(field "$1" State.Name) $(field "$1" StateReason.Code)"
	same "$4 volumes" "$(volumes) volumes"
	tests/audit
}

# a guest that powers itself off
off='#!/bin/sh
poweroff -f'
stays=$(new stays t2.nano stop "$off")
goes=$(new goes m5d.large terminate "$off")

# QEMU killed
for signal in KILL TERM; do
	id=$(new killed m5d.large terminate)
	pid=$(sql "SELECT pid FROM instance WHERE id = '$id'")
	kill -$signal "$pid"
	while kill -0 "$pid" 2>/dev/null &&
		[ "$(awk '{ print $3 }' "/proc/$pid/stat")" != Z ]; do
		sleep 0.1
	done
	same stopped "$(field "$id" State.Name)"
	same Server.InternalError "$(field "$id" StateReason.Code)"
	same in-use "$(qami describe-volumes --filters \
		Name=attachment.instance-id,Values="$id" | get Volumes.0.State)"
	qami start "$id"
	same running "$(field "$id" State.Name)"
	qami rm "$id"
done

# another boot of the host: machines and lock files are gone, rows say
# otherwise; an operation was under way
id=$(new host m5d.large terminate)
pid=$(sql "SELECT pid FROM instance
	WHERE id = '$id'")
half=$(new half t2.nano stop)
kill -9 "$pid" "$(sql "SELECT pid FROM instance
	WHERE id = '$half'")"
sql "
	UPDATE instance SET boot_id = 'another' WHERE id IN ('$id', '$half');
	UPDATE instance SET state = 'pending' WHERE id = '$half';
	UPDATE op SET state = 'fired', boot_id = 'another', answer = NULL
		WHERE payload LIKE '%$half%';"
rm -rf "$QAMI_STORE/embed/$(sql "SELECT
	substr(uuid, 25) FROM instance WHERE id = '$id'")"
same stopped "$(field "$id" State.Name)"
same Server.InternalError "$(field "$id" StateReason.Code)"
if qami describe-instances --instance-ids "$half" >/dev/null 2>&1; then
	echo "a launch that a reboot cut short is still there" >&2
	exit 1
fi
qami start "$id"
same running "$(field "$id" State.Name)"
qami rm "$id"

# by now the guests are off; which nobody has asked about
seen 60 'qami-guest' "$QAMI_STORE/instances/$stays/console.log"
tries=0
while [ "$(field "$goes" State.Name)" = running ] ||
	[ "$(field "$stays" State.Name)" = running ]; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || break
	sleep 0.3
done
ended "$goes" terminated Client.InstanceInitiatedShutdown 1
ended "$stays" stopped Client.InstanceInitiatedShutdown 1
