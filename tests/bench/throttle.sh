# throttle - what a guest gets out of its volumes, against what EC2 promises
#
# A guest reads its disks as fast as they let it, four readers a disk, and
# reports once a second how far it has come. "other" is the promise.
export QAMI_ACCEL=tcg QAMI_CONNECT=embed QAMI_GP2_CREDITS=15000

# volume OPTION… - a new one
volume()
{
	qami create-volume --availability-zone us-east-1a --output text \
		--query VolumeId "$@"
}

# taken VOLUME DEVICE / given VOLUME - attach and detach
taken()
{
	qami attach-volume --instance-id "$guest" --volume-id "$1" \
		--device "$2" >/dev/null
}
given()
{
	qami detach-volume --volume-id "$1" >/dev/null
}

# passed VOLUME SECONDS - lets the guest read for so long from now on
passed()
{
	from=$(reports "$1" | wc -l)
	while [ "$(reports "$1" | wc -l)" -lt $((from + 2 + $2)) ]; do
		sleep 0.5
	done
}

# reports VOLUME - lines of uptime, operations, sectors
reports()
{
	qami logs "$guest" | tr -d '\r' |
		sed -n "s/^io $(echo "$1" | tr -d -) //p"
}

# rate LABEL VOLUME PROMISE UNIT - over what passed, but the first two seconds
rate()
{
	reports "$2" | tail -n +$((from + 2)) |
		python3 -c '
import sys
label, promise, unit = sys.argv[1], float(sys.argv[2]), sys.argv[3]
rows = [[float(word) for word in line.split()] for line in sys.stdin]
first, last = rows[0], rows[-1]
taken = last[0] - first[0]
column, scale = (1, 1) if unit == "IOPS" else (2, 2048)
got = (last[column] - first[column]) / scale / taken
print(f"{label:54} {got:8.1f} {unit:5} {promise:6.0f} {unit:5} "
      f"{got / promise:5.2f} x")' "$1" "$3" "$4"
}

# burst VOLUME CREDITS - how many operations more than 100 a second there were
# until the bucket was empty, and the rate after that
burst()
{
	reports "$1" | python3 -c '
import sys
credits = float(sys.argv[1])
rows = [[float(word) for word in line.split()] for line in sys.stdin]
# the burst ends with the last second that was clearly above the baseline
end = max((i for i in range(1, len(rows)) if rows[i][1] - rows[i - 1][1] >
           250 * (rows[i][0] - rows[i - 1][0])), default=0)
taken = rows[end][0] - rows[0][0]
most = (rows[end][1] - rows[0][1]) / taken
used = rows[end][1] - 100 * taken
label = f"throttle: gp2 credits, spent at {most:.0f} IOPS in {taken:.0f} s"
print(f"{label:54} {used:8.0f}       {credits:6.0f}       "
      f"{used / credits:5.2f} x")
' "$2"
}

qami import "$(tests/guest/build tiny)" --name throttled >/dev/null
io1=$(volume --size 8 --volume-type io1 --iops 100)
gp2=$(volume --size 8 --volume-type gp2)
gp3=$(volume --size 8 --volume-type gp3)
cat >"$work/readers" <<SCRIPT
#!/bin/sh
# read SERIAL BLOCK - once that disk is there, until it goes
read_disk() {
	while :; do
		for disk in /sys/block/vd*; do
			[ "\$(cat \$disk/serial 2>/dev/null)" = \$1 ] && break 2
		done
		sleep 0.2
	done
	for at in 0 1 2 3; do
		while [ -e \$disk ]; do
			dd if=/dev/\${disk##*/} of=/dev/null bs=\$2 count=1000 \
				skip=\$((at * 1000)) iflag=direct
		done 2>/dev/null &
	done
	while [ -e \$disk ]; do
		read -r ops _ sectors _ <\$disk/stat
		read -r up _ </proc/uptime
		printf '\nio %s %s %s %s\n' \$1 \$up \$ops \$sectors >/dev/console
		sleep 1
	done
}
read_disk $(echo "$io1" | tr -d -) 4k &
read_disk $(echo "$gp2" | tr -d -) 4k &
read_disk $(echo "$gp3" | tr -d -) 1M &
SCRIPT
guest=$(qami run throttled -t t3.small --wait --user-data "file://$work/readers")
until qami logs "$guest" | grep -q 'qami-guest: ready'; do sleep 0.5; done

taken "$io1" /dev/sdf
passed "$io1" 10
rate 'throttle: io1 of 100 IOPS, 4 KiB reads' "$io1" 100 IOPS
qami modify-volume --volume-id "$io1" --iops 300 >/dev/null
passed "$io1" 10
rate 'throttle: the same after ModifyVolume to 300' "$io1" 300 IOPS
given "$io1"

taken "$gp2" /dev/sdg
until [ "$(reports "$gp2" | tail -n 4 | awk 'NR == 1 { up = $1; ops = $2 }
	END { print NR == 4 && $2 - ops < 150 * ($1 - up) }')" = 1 ]; do
	sleep 1
done
burst "$gp2" $QAMI_GP2_CREDITS
passed "$gp2" 8
rate 'throttle: gp2 of 8 GiB when its credits are spent' "$gp2" 100 IOPS
given "$gp2"

taken "$gp3" /dev/sdh
passed "$gp3" 10
rate 'throttle: gp3 of 125 MiB/s, 1 MiB reads' "$gp3" 125 MiB/s
qami modify-volume --volume-id "$gp3" --throughput 200 >/dev/null
passed "$gp3" 10
rate 'throttle: the same after ModifyVolume to 200' "$gp3" 200 MiB/s
qami rm "$guest"
