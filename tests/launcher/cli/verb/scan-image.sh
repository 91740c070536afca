#!/bin/sh
# takes long
# scan-image - what should not be public is found on every partition, hostile
# ones included, and keeps an image from becoming public
. tests/lib.sh

libguestfs_here

# a secret of each kind, and what only looks like one
root=$TMPDIR/root
mkdir -p "$root/root/.ssh" "$root/root/.aws" "$root/root/.docker" \
	"$root/home/u/.ssh" "$root/home/u/.config/gcloud" \
	"$root/home/u/.kube" "$root/etc/ssh" "$root/srv/deep" "$root/mnt" \
	"$root/usr/lib/x" "$root/usr/share/doc/x"
ssh-keygen -q -t ed25519 -N '' -f "$root/root/.ssh/id_ed25519"
ssh-keygen -q -t ed25519 -N '' -f "$root/etc/ssh/ssh_host_ed25519_key"
openssl genrsa -out "$root/srv/deep/plain" 2048 2>/dev/null
cp "$root/srv/deep/plain" "$root/mnt/pk-1.pem"
cp "$root/srv/deep/plain" "$root/usr/lib/x/server.key"
cp "$root/srv/deep/plain" "$root/usr/share/doc/x/example.key"
cp "$root/srv/deep/plain" "$root/usr/lib/x/table"
printf 'PuTTY-User-Key-File-2: ssh-rsa\r\n' >"$root/home/u/mine.ppk"
cp "$root/root/.ssh/id_ed25519.pub" "$root/home/u/.ssh/authorized_keys"
echo '# nobody' >"$root/root/.ssh/authorized_keys"
echo 'mysql -p secret' >"$root/root/.bash_history"
echo 'import os' >"$root/home/u/.python_history"
: >"$root/home/u/.zsh_history"
printf 'root:*:1:::::\nu:$y$j9T$abc$def:1:::::\n' >"$root/etc/shadow"
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf '[default]\naws_access_key_id = A\n' >"$root/root/.aws/credentials"
echo '{"auths":{"r":{"auth":"dTpw"}}}' >"$root/root/.docker/config.json"
echo x >"$root/home/u/.config/gcloud/credentials.db"
echo x >"$root/home/u/.kube/config"
echo 'machine x login u password p' >"$root/home/u/.netrc"
echo 'https://u:p@host' >"$root/home/u/.git-credentials"
echo 'grep "-----BEGIN RSA PRIVATE KEY-----" x' >"$root/srv/script"
# names and kinds of files that are attacks on who looks at them
cp "$root/srv/deep/plain" "$root/srv/$(printf 'a\033[31m\nb\377')"
mkfifo "$root/srv/id_rsa"
ln -s /etc/shadow "$root/srv/shadow"
ln -s / "$root/srv/up"

# partition NUMBER PATH - puts a file system into the disk
disk=$TMPDIR/disk.raw
truncate -s 56M "$disk"
sfdisk -q -X gpt "$disk" <<END
start=2048, size=16384
start=18432, size=8192
start=26624, size=8192
start=34816, size=8192
start=43008, size=8192, type=21686148-6449-6E6F-744E-656564454649
start=51200, size=16384
start=67584, size=8192
start=75776, size=8192
END
partition()
{
	local start

	start=$(sfdisk -d "$disk" | awk -F '[=,]' -v n="$1" '
		/start=/ && ++i == n { print $2 + 0 }')
	dd if="$2" of="$disk" bs=512 seek="$start" conv=notrunc status=none
}

truncate -s 8M "$TMPDIR/ext4"
mke2fs -q -F -t ext4 -d "$root" "$TMPDIR/ext4"
partition 1 "$TMPDIR/ext4"
# a directory that is in itself
mkdir -p "$TMPDIR/loop/a/b"
cp "$root/srv/deep/plain" "$TMPDIR/loop/a/b/key"
truncate -s 4M "$TMPDIR/ext2"
mke2fs -q -F -t ext2 -d "$TMPDIR/loop" "$TMPDIR/ext2"
debugfs -w -R 'ln a a/b/again' "$TMPDIR/ext2" 2>/dev/null
partition 2 "$TMPDIR/ext2"
# nothing but its first block is what it was
truncate -s 4M "$TMPDIR/broken"
mke2fs -q -F -t ext4 "$TMPDIR/broken"
head -c 4190208 /dev/urandom | dd of="$TMPDIR/broken" bs=4096 seek=1 \
	conv=notrunc status=none
partition 3 "$TMPDIR/broken"
{
	printf 'LUKS\272\276\0\1aes'
	head -c 157 /dev/zero
	printf '00000000-0000-4000-8000-000000000000'
	head -c 4M /dev/urandom
} | head -c 4M >"$TMPDIR/luks"
partition 4 "$TMPDIR/luks"
head -c 1M /dev/urandom >"$TMPDIR/loader"
partition 5 "$TMPDIR/loader"
truncate -s 8M "$TMPDIR/vfat"
mkfs.vfat "$TMPDIR/vfat" >/dev/null
mcopy -i "$TMPDIR/vfat" "$root/srv/deep/plain" ::KEY.PEM
partition 6 "$TMPDIR/vfat"
truncate -s 4M "$TMPDIR/swap"
mkswap "$TMPDIR/swap" >/dev/null 2>&1
partition 7 "$TMPDIR/swap"
# the eighth is empty

ami=$(qami import "$disk" --name leaky)
status=0
timeout 500 qami scan-image leaky --output json >"$TMPDIR/out" \
	2>"$TMPDIR/err" || status=$?
if grep -q 'apt-get install' "$TMPDIR/err"; then
	cat "$TMPDIR/err" >&2
	exit 77
fi
cat "$TMPDIR/err" >&2
same 1 $status
python3 -c '
import json, sys
for one in json.load(sys.stdin)["Findings"]:
    assert one["Device"] == "/dev/sda1", one
    print(one["Partition"], one["Kind"], one["Path"])
' <"$TMPDIR/out" | sort >"$TMPDIR/found"
sort >"$TMPDIR/wanted" <<'END'
/dev/sda1 authorized-keys /home/u/.ssh/authorized_keys
/dev/sda1 credentials /home/u/.config/gcloud/credentials.db
/dev/sda1 credentials /home/u/.git-credentials
/dev/sda1 credentials /home/u/.kube/config
/dev/sda1 credentials /home/u/.netrc
/dev/sda1 credentials /root/.aws/credentials
/dev/sda1 credentials /root/.docker/config.json
/dev/sda1 password-hash /etc/shadow
/dev/sda1 private-key /home/u/mine.ppk
/dev/sda1 private-key /mnt/pk-1.pem
/dev/sda1 private-key /root/.ssh/id_ed25519
/dev/sda1 private-key /srv/a\x1b[31m\x0ab\xff
/dev/sda1 private-key /srv/deep/plain
/dev/sda1 private-key /usr/lib/x/server.key
/dev/sda1 shell-history /home/u/.python_history
/dev/sda1 shell-history /root/.bash_history
/dev/sda1 ssh-host-key /etc/ssh/ssh_host_ed25519_key
/dev/sda2 private-key /a/b/key
/dev/sda2 unread:damaged 
/dev/sda3 unread:damaged 
/dev/sda4 unread:encrypted 
/dev/sda6 private-key /KEY.PEM
/dev/sda7 unread:swap 
END
diff "$TMPDIR/wanted" "$TMPDIR/found"
# no secret is told or kept
for where in "$TMPDIR/out" "$QAMI_STORE/qami.db" "$QAMI_STORE/qami.db-wal"; do
	grep -q 'mysql -p\|j9T\|PRIVATE KEY' "$where" && exit 1
done

# it is remembered: of the frozen layer, for whatever stands on that
sql "UPDATE scan SET result = replace(result, 'pk-1.pem', 'remembered')"
qami scan-image "$ami" >"$TMPDIR/out" && exit 1
has /mnt/remembered "$TMPDIR/out"
snap=$(qami describe-images --image-ids "$ami" --output text \
	--query 'Images[0].BlockDeviceMappings[0].Ebs.SnapshotId')
qami scan-snapshot "$snap" >"$TMPDIR/out" && exit 1
has /mnt/remembered "$TMPDIR/out"
fails OperationNotPermitted qami modify-snapshot-attribute \
	--snapshot-id "$snap" --group-names all
has "23 findings" "$TMPDIR/err"
copy=$(qami copy-image --source-image-id "$ami" --source-region us-east-1 \
	--name copy | get ImageId)
fails OperationNotPermitted qami modify-image-attribute --image-id "$copy" \
	--launch-permission 'Add=[{Group=all}]'
has "23 findings" "$TMPDIR/err"
has "qami scan-image $copy" "$TMPDIR/err"
fails OperationNotPermitted qami modify-image-attribute --image-id "$copy" \
	--user-groups all --dry-run
hidden "$copy" scan-image "$copy"
# it may still be lent to whom one knows
qami modify-image-attribute --image-id "$copy" --user-ids 222222222222
hidden "$ami" describe-images --image-ids "$ami"
as 222222222222 scan-image "$copy" >/dev/null && exit 1

# whose store it is may have it otherwise, and what is public stays so
dry qami modify-image-attribute --image-id "$copy" --user-groups all --force
qami modify-image-attribute --image-id "$copy" --user-groups all --force
qami modify-image-attribute --image-id "$copy" --user-groups all
same "$copy" "$(as 333333333333 describe-images | get Images.0.ImageId)"

# with its layer what was found is forgotten
for image in "$ami" "$copy"; do
	qami deregister-image --image-id "$image" --delete-associated-snapshots \
		>/dev/null
done
qami gc >/dev/null
same 0 "$(sql 'SELECT count(*) FROM scan')"

# nothing is found where nothing can be, and libguestfs not started for it
rm "$disk"
bare=$(image bare)
same '' "$(env PATH="$(dirname "$(command -v qami)")" qami scan-image "$bare")"
qami modify-image-attribute --image-id "$bare" --user-groups all
qami deregister-image --image-id "$bare"
fails InvalidAMIID.Unavailable qami scan-image "$bare"
fails InvalidAMIID.NotFound qami scan-image ami-0fedcba9876543210

# a kernel cannot be looked into
echo kernel >"$TMPDIR/kernel"
aki=$(qami import "$TMPDIR/kernel" --kind kernel --name vmlinuz)
fails OperationNotPermitted qami modify-image-attribute --image-id "$aki" \
	--user-groups all
