#!/bin/sh
# boots guests
# takes long
# A launch that is killed at any of its steps is finished or undone by the next
# command; the same request with the same client token then succeeds, and there
# is one instance.
. tests/lib.sh
. tests/crash.sh
crash_setup
image=$(image alpha)

# launch BEFORE… - the same launch, behind strace or whatever else
launch()
{
	"$@" qami run-instances --image-id "$image" --instance-type m5d.large \
		--user-data '#!/bin/sh' --client-token "$token" \
		--block-device-mappings \
		'DeviceName=/dev/sdf,Ebs={VolumeSize=1,DeleteOnTermination=true}' \
		DeviceName=/dev/sdb,VirtualName=ephemeral0 \
		--tag-specifications \
		'ResourceType=instance,Tags=[{Key=Name,Value=one}]'
}

# replayed WHAT - the same request once more; then everything goes
replayed()
{
	was=$(qami ps -q)
	id=$(launch env 2>"$TMPDIR/err" | get Instances.0.InstanceId) ||
		wrong "$1: again: $(cat "$TMPDIR/err")"
	[ "$(qami ps -q)" = "$id" ] ||
		wrong "$1: $id asked for, and there are: $(qami ps -q)"
	[ -z "$was" ] || [ "$was" = "$id" ] || wrong "$1: $was became $id"
	[ "$(volumes)" = 2 ] || wrong "$1: $(volumes) volumes"
	qami rm "$id" || wrong "$1: rm"
	[ "$(volumes)" = 0 ] || wrong "$1: $(volumes) volumes stay"
}

token=first
launch points "${KILL_POINTS:-7}" >"$TMPDIR/points"
qami rm "$(qami ps -q)"
while read -r call number; do
	token=$call-$number
	launch killed "$call" "$number"
	sound "$token"
	replayed "$token"
done <"$TMPDIR/points"

# at random moments; every other time the driver's process with it. exec, for
# else it is a shell around qami that is killed
i=0
while [ $i -lt "${KILL_RANDOM:-3}" ]; do
	i=$((i + 1))
	token=random-$i
	[ $((i % 2)) -eq 0 ] || cleaned
	launch exec >/dev/null 2>&1 &
	sleep "0.$(printf %02d $((i * 7 % 45)))"
	kill -9 $! 2>/dev/null || :
	wait $! 2>/dev/null || :
	[ $((i % 2)) -eq 0 ] || crash_children
	sound "$token"
	replayed "$token"
done
crash_report
