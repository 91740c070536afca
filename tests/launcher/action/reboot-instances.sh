#!/bin/sh
# reboot-instances - the same disks afterwards, instance-store disks included;
# a stop loses those
# boots guests
. tests/lib.sh

guests_here
ami=$(qami import "$(tests/guest/build tiny)" --name tiny)
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
for disk in /sys/block/vd*; do
	[ "$(cat $disk/size)" = 33554432 ] || continue
	disk=/dev/${disk##*/}
	echo "the store is: $(dd if=$disk bs=5 count=1 2>/dev/null | tr -d '\0')."
	echo old. | dd of=$disk conv=notrunc 2>/dev/null
	sync
done
SCRIPT
i=$(QAMI_METADATA=seed launch "$ami" --instance-type c3.large --user-data "file://$TMPDIR/script" \
	--block-device-mappings DeviceName=/dev/sdb,VirtualName=ephemeral0)
reboot='reboot-instances --instance-ids'
dry qami $reboot "$i"
fails InvalidInstanceID.NotFound qami $reboot "$i" i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami $reboot i-1
hidden "$i" $reboot "$i"
says 180 "$i" 'qami-guest: ready'
qami logs "$i" | grep -q 'the store is: \.'

launched()
{
	qami describe-instances --instance-ids "$i" |
		get Reservations.0.Instances.0.LaunchTime
}
since=$(launched)

# somebody died while he wrote the seed
draft=$QAMI_STORE/instances/$i/seed.raw.new-AbCdEf
: >"$draft"
qami $reboot "$i" >"$TMPDIR/answer"
says 180 "$i" 'qami-guest: ready' 2
qami logs "$i" | grep -q 'the store is: old\.'
same running "$(state "$i")"
[ ! -e "$draft" ]
same "$since" "$(launched)"

qami stop-instances --instance-ids "$i" >/dev/null
fails IncorrectInstanceState qami $reboot "$i" || reaches 1 "$i" running
reaches 60 "$i" stopped
fails IncorrectInstanceState qami $reboot "$i"
qami start-instances --instance-ids "$i" >/dev/null
says 180 "$i" 'qami-guest: ready' 3
[ "$since" != "$(launched)" ]
same 2 "$(qami logs "$i" | grep -c 'the store is: \.')"

# one whose disks' key opens nothing goes on as it is
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
sealed=$(launch "$(image blank)" --block-device-mappings \
	"DeviceName=/dev/sda1,Ebs={Encrypted=true,KmsKeyId=$key}")
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami $reboot "$sealed"
same running "$(state "$sealed")"
