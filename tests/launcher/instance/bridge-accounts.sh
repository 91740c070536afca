#!/bin/sh
# boots guests
# Two accounts' guests on one bridge: neither reaches the other, whatever the
# groups of the one that asks let out, until a group of the other one's lets it
# in; nobody's group is a peer in a rule of somebody else's.
. tests/lib.sh
. tests/system.sh
system_here "$0"
trap end_guests EXIT
trap 'exit 130' INT TERM
QAMI_NETWORK=bridge
export QAMI_NETWORK
them=222222222222

ssh-keygen -q -t ed25519 -N '' -f "$TMPDIR/key"
tiny=$(qami import "$(tests/guest/build tiny)" --name tiny)
qami modify-image-attribute --image-id "$tiny" \
	--launch-permission "Add=[{UserId=$them}]"
for who in 123456789012 $them; do
	as $who import-key-pair --key-name test \
		--public-key-material "fileb://$TMPDIR/key.pub" >/dev/null
done

# guest ACCOUNT - prints "ID ADDRESS"
guest()
{
	as "$1" run-instances --image-id "$tiny" --key-name test \
		--instance-type t3.nano --output text --query \
		'Instances[0].[InstanceId,PrivateIpAddress]' | tr '\t' ' '
}

# on ADDRESS COMMAND… - runs it in that guest
on()
{
	timeout 30 ssh -q -i "$TMPDIR/key" -o ConnectTimeout=10 \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o IdentitiesOnly=yes "root@$@" </dev/null
}

# opens FROM TO - whether one guest gets a connection to the other's sshd
opens()
{
	on "$1" "timeout 3 nc -w 2 $2 22 </dev/null >/dev/null 2>&1"
}

# closed FROM TO
closed()
{
	! opens "$1" "$2" || { echo "$1 reaches $2" >&2; return 1; }
	! on "$1" "ping -c 1 -W 2 $2 >/dev/null" ||
		{ echo "$1 pings $2" >&2; return 1; }
}

set -- $(guest 123456789012) $(guest $them)
ours=$1 a=$2 theirs=$3 b=$4
[ "$a" != "$b" ]
end_theirs()
{
	as $them rm "$theirs" || :
	end_guests
}
trap end_theirs EXIT
says 180 "$ours" ready
tries=0
until opens "$a" "$a" && on "$b" true; do
	tries=$((tries + 1))
	[ $tries -lt 300 ]
	sleep 1
done
closed "$b" "$a"
closed "$a" "$b"

# what the one that asks may let out does not matter, nor whose group it names
mine=$(qami describe-security-groups --group-names default |
	get SecurityGroups.0.GroupId)
fails InvalidGroup.NotFound as $them authorize-security-group-ingress \
	--group-name default --protocol tcp --port 22 --source-group "$mine"
fails InvalidGroup.NotFound as $them authorize-security-group-ingress \
	--group-id "$mine" --protocol tcp --port 22 --cidr "$b/32"
as $them authorize-security-group-ingress --group-name default --protocol -1 \
	--cidr 10.0.0.0/8 >/dev/null
closed "$b" "$a"

# the other one's group lets it in, and nothing else
qami authorize-security-group-ingress --group-name default --protocol tcp \
	--port 22 --cidr "$b/32" >/dev/null
told
tries=0
until opens "$b" "$a"; do
	tries=$((tries + 1))
	[ $tries -lt 30 ]
done
! on "$b" "ping -c 1 -W 2 $a >/dev/null"
closed "$a" "$b"
qami revoke-security-group-ingress --group-name default --protocol tcp \
	--port 22 --cidr "$b/32" >/dev/null
told
closed "$b" "$a"

# nor is it there for them by any other way
hidden "$ours" describe-instances --instance-ids "$ours"
fails InvalidInstanceID.NotFound as $them get-console-output \
	--instance-id "$ours"
