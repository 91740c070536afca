#!/bin/sh
# rebundle - a running guest's root is bundled from outside: what is in it,
# what is not, and what is left when that fails or is killed
# boots guests
# takes long
. tests/lib.sh

libguestfs_here
guests_here
disk=$(tests/guest/build disk)
ami=$(qami import "$disk" --name disk)
cat >"$TMPDIR/script" <<'SCRIPT'
#!/bin/sh
mkdir -p /root/.ssh /srv/cache /srv/data
echo SECRET-KEY >/root/.ssh/id_rsa
echo SECRET-HISTORY >/root/.bash_history
echo SECRET-CACHE >/srv/cache/file
echo SECRET-LINE >"/srv/data/of two
lines.pem"
echo KEPT-CACHE >/srv/cache/keep
echo KEPT-KEY >/srv/data/kept.pem
echo KEPT-FILE >"/srv/data/[a] *"
chown 1234:5678 "/srv/data/[a] *"
ln /srv/data/kept.pem /srv/data/link
echo SECRET-TMP >/tmp/scratch
echo "LABEL=qami-root / ext4 defaults 0 1" >/etc/fstab
sync
SCRIPT
i=$(launch "$ami" --user-data "file://$TMPDIR/script")
says 180 "$i" 'qami-guest: ready'

# left: nothing but the instance's own volume
nothing_left()
{
	same '' "$(ls "$QAMI_STORE/scratch")"
	same "$snapshots" "$(qami describe-snapshots |
		get Snapshots | grep -o 'snap-[0-9a-f]*' | sort -u | wc -l)"
	same 0 "$(sql "SELECT count(*) FROM op
		WHERE kind = 'rebundle' AND state NOT IN ('done', 'aborted')")"
}
snapshots=1

# appliance_lives - whether one still has a disk of the store's
appliance_lives()
{
	local file

	for file in /proc/[0-9]*/cmdline; do
		case $(tr '\0' ' ' <"$file" 2>/dev/null || :) in
		*qemu*"$QAMI_STORE/scratch"*) return 0 ;;
		esac
	done
	return 1
}

# what cannot be
mkdir "$TMPDIR/bundle"
vol()
{
	ec2-bundle-vol -d "$TMPDIR/bundle" -r x86_64 --batch "$@"
}
fails InvalidInstanceID.NotFound vol --instance i-0fedcba9876543210
QAMI_ACCOUNT=222222222222 fails InvalidInstanceID.NotFound \
	vol --instance "$i"
fails InvalidParameterCombination vol --instance "$i" --clone-only
fails InvalidParameterCombination vol --instance "$i" --script /bin/true
fails UnsupportedOperation vol --instance "$i" -s 100 --partition gpt
same '' "$(ls "$TMPDIR/bundle")"
nothing_left

# killed in the middle of it
setsid sh -c 'echo $$ >"$TMPDIR/pid"; exec ec2-bundle-vol -r x86_64 --batch \
	-d "$TMPDIR/bundle" -s 100 --instance "$1"' sh "$i" >/dev/null 2>&1 &
end=$(($(date +%s) + 120))
while [ -z "$(ls "$QAMI_STORE"/scratch/*/tmp 2>/dev/null)" ]; do
	[ "$(date +%s)" -lt "$end" ]
	sleep 0.2
done
kill -9 "$(cat "$TMPDIR/pid")"
wait
end=$(($(date +%s) + 120))
while appliance_lives; do
	[ "$(date +%s)" -lt "$end" ]
	sleep 0.2
done
qami gc >/dev/null
nothing_left
same '' "$(ls "$TMPDIR/bundle")"

# done
vol --instance "$i" -s 100 -p copy -e /srv/cache --generate-fstab \
	-i /srv/cache/keep -i '/srv/data/kept.pem' >"$TMPDIR/said"
nothing_left
has "$TMPDIR/bundle/copy.manifest.xml" "$TMPDIR/said"
ec2-unbundle -m "$TMPDIR/bundle/copy.manifest.xml" -s "$TMPDIR/bundle" \
	-d "$TMPDIR" --batch
raw=$TMPDIR/copy
same 104857600 "$(stat -c %s "$raw")"
if grep -a -o 'SECRET-[A-Z]*' "$raw"; then
	exit 1
fi
root=$raw?offset=28311552
e2fsck -fn "$root" >/dev/null
same "$(blkid -p -O 28311552 -s UUID -s LABEL -o value "$disk")" \
	"$(blkid -p -O 28311552 -s UUID -s LABEL -o value "$raw")"

# inside COMMAND - of debugfs, in the new file system
inside()
{
	debugfs -R "$1" "$root" 2>/dev/null
}
same KEPT-CACHE "$(inside 'cat /srv/cache/keep')"
same KEPT-KEY "$(inside 'cat /srv/data/link')"
same KEPT-FILE "$(inside 'cat "/srv/data/[a] *"')"
inside 'stat "/srv/data/[a] *"' | grep -E 'User: +1234 +Group: +5678'
inside 'stat /srv/data/link' | grep 'Links: 2'
inside 'stat /dev/console' | grep '05:01'
inside 'cat /etc/fstab' | grep '^UUID=.* / ext4 defaults 0 1$'
has LABEL=qami-root /dev/stdin <<END
$(inside 'cat /etc/fstab.old')
END

# and it boots: for the second time in its life
qami rm "$i"
j=$(launch "$(qami import "$raw" --name copied)")
says 180 "$j" 'qami-guest: boot 2'
says 60 "$j" 'qami-guest: ready'
