#!/bin/sh
# boots guests
# commit - a machine goes on while it becomes an image, from which others boot
. tests/lib.sh
. tests/snapshot.sh

guests_here
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
printf 'made by one\n' | dd of=/dev/vdb bs=512 conv=notrunc,fsync 2>/dev/null
echo written
SCRIPT
i=$(qami run tiny --name one -t t2.nano --user-data "file://$TMPDIR/script" \
	--block-device-mappings \
	'DeviceName=/dev/sdf,Ebs={VolumeSize=1,DeleteOnTermination=true}')
says 180 "$i" 'qami-guest: ready'
pid=$(sql 'SELECT pid FROM instance')
ami=$(qami commit one two --description 'of one')
same "$pid running" "$(sql 'SELECT pid FROM instance') $(state "$i")"
qami images | grep -q "^$ami	two	machine	"
same 'of one' "$(qami describe-images --image-ids "$ami" |
	get Images.0.Description)"
fails InvalidAMIName.Duplicate qami commit one two
fails InvalidAMIName.Malformed qami commit one x
fails InvalidInstanceID.NotFound qami commit nobody three

# another machine boots from it, and has what the first one wrote
printf '#!/bin/sh\necho "found: $(head -n 1 /dev/vdb)"\n' >"$TMPDIR/script"
j=$(qami run two --name two -t t2.nano --user-data "file://$TMPDIR/script")
says 180 "$j" 'found: made by one'
# and is made into an image in its turn
qami commit two three >/dev/null
qami rm two
k=$(qami run three -t t2.nano --user-data "file://$TMPDIR/script")
says 180 "$k" 'found: made by one'
qami rm "$i" "$k"
settled
