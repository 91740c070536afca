#!/bin/sh
# boots guests
# takes long
# Whoever bundles a running guest's instance-store root may die at any step,
# that of moving QEMU on and that of putting the root together again among them:
# the guest loses nothing that it has written, no file is left over, and the
# task ends, with a whole bundle or with none.
. tests/lib.sh
. tests/bundle.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-3}
# not each of the hundreds that write parts: cancel-bundle-task.sh has those
writes=$(echo "$writes" | tr '\n' ' ' | sed 's/ write / /')

# a guest that counts, on its root, and tells when a number is safe there; at
# each boot it tells which one it found, and whether an older file is whole
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
cat >/sbin/count <<'END'
#!/bin/sh
cd /var/lib
sha256sum -c sums >/dev/null 2>&1 && whole=whole || whole=broken
n=$(cat count)
echo "kept $n $whole"
echo counting
while :; do
	n=$((n + 1))
	echo $n >new && sync && mv new count && sync && echo "wrote $n"
	sleep 0.2
done
END
chmod 755 /sbin/count
cd /var/lib
head -c 6000000 /dev/urandom >data
sha256sum data >sums
echo 0 >count
sync
sed -i 's|^say ready|setsid /sbin/count </dev/null \&\n&|' /sbin/rc
setsid /sbin/count </dev/null &
SCRIPT
stored "$(tests/guest/build disk)" images/web disk
i=$(launch "$(registered images/web/disk.manifest.xml disk)" \
	--user-data "file://$TMPDIR/script")
says 90 "$i" 'wrote 3'

# begun NAME - begins a task that nobody works on yet; leaves its id in $task
begun()
{
	task=$(
		unworked
		qami bundle-instance --instance-id "$i" --output text \
			--query BundleTask.BundleId \
			--storage "S3={Bucket=kept,Prefix=$1}" 9>&- || exit
	)
}

# last WORD - the number in the last such line of the guest's that has its end:
# the serial port passes on one character after the other
last()
{
	qami logs "$i" | tr '\r' ';' | sed -n "s/.*$1 \([0-9]*\).*;.*/\1/p" |
		tail -n 1
}

# over WHAT - the task has ended, with all of its bundle or nothing of it
over()
{
	tries=0
	while now=$(sql "SELECT state FROM bundle_task WHERE id = '$task'"); do
		case $now in complete | failed) break ;; esac
		tries=$((tries + 1))
		[ $tries -lt 600 ] || break
		sleep 0.1
	done
	files=$(ls "$QAMI_STORE/buckets/kept" | grep -c "^$2\." || :)
	case $now in
	complete)
		qami rmi "$2" >/dev/null 2>&1 || :
		registered "kept/$2.manifest.xml" "$2" >/dev/null ||
			wrong "$1: no whole bundle"
		;;
	failed) [ "$files" = 0 ] || wrong "$1: $files files of a failed one" ;;
	*) wrong "$1: it is $now" ;;
	esac
}

# together WHAT - the root is one file again
together()
{
	tries=0
	while [ "$(sql "SELECT count(*) FROM op WHERE kind = 'bundle-task' AND
		state IN ('intent', 'fired')")" != 0 ] && [ $tries -lt 600 ]
	do
		tries=$((tries + 1))
		sleep 0.1
	done
	[ "$(ls "$QAMI_STORE/scratch" | wc -l)" = 1 ] ||
		wrong "$1: $(ls "$QAMI_STORE/scratch")"
	[ -z "$(ls "$QAMI_STORE/bundling" 2>/dev/null)" ] ||
		wrong "$1: $(ls "$QAMI_STORE/bundling")"
	[ "$(sql "SELECT file FROM scratch")" = "$(ls "$QAMI_STORE/scratch")" ] ||
		wrong "$1: the row names another file"
	[ -z "$(sql "SELECT below FROM scratch WHERE below <> ''")" ] ||
		wrong "$1: the row has a file below"
}

# goes_on WHAT - the guest writes
goes_on()
{
	before=$(last wrote)
	tries=0
	while [ "$(last wrote)" = "$before" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { wrong "$1: the guest stands"; return; }
		sleep 0.2
	done
}

# keeps WHAT - what it had written is there after a reboot
keeps()
{
	boots=$(qami logs "$i" | grep -c counting || :)
	before=$(last wrote)
	qami reboot-instances --instance-ids "$i"
	says 90 "$i" counting $((boots + 1)) || wrong "$1: no reboot"
	[ "$(last kept)" -ge "$before" ] ||
		wrong "$1: kept $(last kept) of $before"
	[ "$(qami logs "$i" | grep 'kept [0-9]' |
		grep -cv whole || :)" = 0 ] ||
		wrong "$1: a file is broken"
}

begun tried
points "$points" qami run-jobs --slow >"$TMPDIR/points" ||
	wrong "it does not succeed"
over tried tried
n=0
while read -r call number; do
	n=$((n + 1))
	begun "task$n"
	killed "$call" "$number" qami run-jobs --slow
	# every other time, whoever works for it dies with it
	[ $((n % 2)) = 0 ] || crash_children
	sound "$call $number" --jobs
	over "$call $number" "task$n"
	together "$call $number"
	goes_on "$call $number"
	[ $((n % ${KILL_REBOOTS:-4})) != 0 ] || keeps "$call $number"
done <"$TMPDIR/points"
# unless that has just been seen
[ $((n % ${KILL_REBOOTS:-4})) = 0 ] || keeps "at the end"
together "at the end"
qami rm "$i"
[ -z "$(scratch_left)" ] || wrong "at the end: $(scratch_left)"
sound "at the end" --jobs
crash_report
