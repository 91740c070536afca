#!/bin/sh
# import - files become images, by what they are and how they are called
. tests/lib.sh

cd "$TMPDIR"
disk a.raw
truncate -s 64M sparse.raw
echo data | dd of=sparse.raw bs=1 seek=40000000 conv=notrunc status=none
qemu-img convert -f raw -O qcow2 a.raw 'b "q" ünï.qcow2'

id=$(qami import a.raw --name 'my image' --description 'for people' \
	--architecture x86_64)
echo "$id" | grep -qE '^ami-[0-9a-f]{17}$'
qami describe-images --image-ids "$id" >image
same 'my image' "$(get Images.0.Name <image)"
same 'for people' "$(get Images.0.Description <image)"
same 'my image' "$(get Images.0.Tags.0.Value <image)"
qami import 'b "q" ünï.qcow2' -n second >/dev/null
qami import --name third a.raw --format raw --boot-mode uefi >/dev/null
same ImageId "$(qami import a.raw --name json --output json |
	python3 -c 'import json, sys; print(list(json.load(sys.stdin))[0])')"

# holes stay holes, and nobody but its owner reads a layer
layer=$(qami import sparse.raw --name sparse >/dev/null
	ls -t "$QAMI_STORE"/layers/*.raw | head -n 1)
[ "$(du -k "$layer" | cut -f 1)" -lt 1024 ]
cmp -s sparse.raw "$layer"
same 400 "$(stat -c %a "$layer")"

# moved, not copied
disk moved.raw
qami import moved.raw --name moved --move >/dev/null
[ ! -e moved.raw ]
fails InvalidParameterCombination qami import 'b "q" ünï.qcow2' --name no --move

# killed while it is moved: the file is as it was, or the next command finishes
if ! sanitized && strace -o trace true 2>/dev/null; then
	for call in fchmod fsync renameat2; do
		number=0
		while number=$((number + 1)) && [ "$number" -lt 99 ]; do
			disk killed.raw
			truncate -s 1000001 killed.raw
			chmod 640 killed.raw
			name=$call-$number
			strace -qq -o trace \
				-e "inject=$call:signal=KILL:when=$number" \
				qami import killed.raw --name "$name" --move \
				>out 2>err && break
			qami describe-images --filters "Name=name,Values=$name" \
				>image
			if [ -e killed.raw ]; then
				same '640 1000001' "$(stat -c '%a %s' killed.raw)"
				same '[]' "$(get Images <image)"
				continue
			fi
			same available "$(get Images.0.State <image)"
			same '' "$(find "$QAMI_STORE/layers" ! -perm 400 -type f)"
		done
		[ "$number" -gt 1 ]
		[ "$number" -lt 99 ]
	done
	same '' "$(find "$QAMI_STORE/layers" -name 'new-*')"
fi

# kernels and ramdisks
aki=$(qami import a.raw --name kernel --kind kernel --cmdline 'console=ttyS0 x')
ari=$(qami import a.raw --name ramdisk --kind ramdisk)
echo "$aki $ari" | grep -qE '^aki-[0-9a-f]{17} ari-[0-9a-f]{17}$'
direct=$(qami import a.raw --name direct --kernel-id kernel \
	--ramdisk-id "${ari%??}")
qami describe-images --image-ids "$direct" >image
same "$aki" "$(get Images.0.KernelId <image)"
same "$ari" "$(get Images.0.RamdiskId <image)"

count=$(qami images -q | wc -l)
files=$(ls "$QAMI_STORE/layers" | wc -l)
fails InvalidAMIName.Duplicate qami import a.raw --name moved
fails InvalidAMIName.Malformed qami import a.raw --name 'a*'
fails InvalidParameterValue qami import missing.raw --name new
fails InvalidParameterValue qami import . --name new
echo 'no disk' >text
fails ClientError.UnsupportedImage qami import text --name new --format qcow2
: >empty
fails ClientError.UnsupportedImage qami import empty --name new
fails InvalidAMIID.NotFound qami import a.raw --name new \
	--kernel-id aki-0fedcba9876543210
for option in '--kind kernel --move' '--kind ramdisk --cmdline x' \
	'--cmdline x' '--kind kernel --boot-mode uefi' \
	'--kind kernel --format raw' '--kind kernel --encrypted' \
	'--encrypted --move'; do
	fails InvalidParameterCombination qami import a.raw --name new $option
done
fails InvalidParameterDependency qami import a.raw --name new --kms-key-id x
fails InvalidKMSKey.NotFound qami import a.raw --name new --encrypted \
	--kms-key-id alias/x
key=$(qami kms create-key --output text --query KeyMetadata.KeyId)
qami kms disable --key-id "$key"
fails InvalidKMSKey.InvalidState qami import a.raw --name new --encrypted \
	--kms-key-id "$key"
if qami import 2>err; then exit 1; else same 252 $?; fi
if qami import a.raw 2>err; then exit 1; else same 252 $?; fi
has --name err
if qami import a.raw --name x --colour red 2>err; then exit 1; else same 252 $?; fi

# a full disk: a clear error, and nothing stays
if has_small_disk; then
	head -c 5M /dev/urandom >full.raw
	fails InsufficientVolumeCapacity small_disk '
		qami import ../full.raw --name full && exit
		[ -z "$(ls store/layers)" ] || echo "layers stayed" >&2
		[ -z "$(qami images -q)" ] || echo "an image stayed" >&2
		exit 1'
	if grep stayed "$TMPDIR/err" >&2; then exit 1; fi
fi
same "$count" "$(qami images -q | wc -l)"
same "$files" "$(ls "$QAMI_STORE/layers" | wc -l)"
