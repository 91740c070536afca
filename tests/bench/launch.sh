# launch - run-instances against qemu-img with virsh, and against virt-install
#
# All three make an overlay over the same disk and start the same machine under
# the same libvirt, the embedded driver, whose capability caches are warm. The
# XML is the one that libvirt shows of qami's machine.
export QAMI_CONNECT=embed QAMI_ACCEL=tcg
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
image=$(qami images -q)
disk=$(ls -d "$QAMI_STORE"/layers/*.raw)

# The machine of qami whose XML the others take.
id=$(qami run tiny)
uuid=$(sqlite3 "$QAMI_STORE/qami.db" \
	"SELECT uuid FROM instance WHERE id = '$id'")
root=$(ls -d "$QAMI_STORE"/embed/*/log/qemu/"$id".log | sed 's|/log/qemu/.*||')
virsh -q -c "qemu:///embed?root=$root" dumpxml "$id" |
	sed "/<alias /d; /<address type='pci/d; s/<\(source.*\) index='.*'/<\1/
		s/<\(backingStore.*\) index='.*'/<\1/; s/<domain type='qemu' .*>/<domain type='qemu'>/
		/<resource>/,/<\/resource>/d" >"$work/qami.xml"
layer=$(sed -n "s/.*file='\(.*\.qcow2\)'.*/\1/p" "$work/qami.xml")
seed=$(sed -n "s/.*file='\(.*seed.raw\)'.*/\1/p" "$work/qami.xml")
cp "$seed" "$work/seed.raw"
cp "$QAMI_STORE/instances/$id/console.log" "$work/console.log"
sed "s|$layer|$work/other.qcow2|; s|$seed|$work/seed.raw|; s|$id|other|g
	s|$uuid|ec200000-0000-4000-8000-000000000001|g
	/<console/,/<\/console>/d; s|instances/other|instances/$id|
	s|$QAMI_STORE/instances/$id/console.log|$work/console.log|" \
	"$work/qami.xml" >"$work/other.xml"
qami rm "$id"

mkdir -m 711 -p "$work/embed/etc"
cp "$root/etc/qemu.conf" "$work/embed/etc/" 2>/dev/null || true
other="virsh -q -c qemu:///embed?root=$work/embed"
after='if [ "$1" = ours ]; then qami ps -q | xargs -r qami rm
	else n=0 # a driver that has just opened may not know its guest yet
		until '"$other"' destroy other 2>/dev/null || [ $n -gt 50 ]
		do n=$((n + 1)); sleep 0.1; done
		rm -f "$work/other.qcow2"; fi'

# libvirt drops its caches when it wakes on the other of two unlike cores
pin='taskset -c 0'
tests/bench/compare 9 1.0 "qami run-instances --image-id $image" \
	"qemu-img create -q -f qcow2 -b $disk -F raw $work/other.qcow2 1G
	$pin $other create $work/other.xml" "$after" \
	'launch: qemu-img create -b + virsh create'
tests/bench/compare 5 0.5 "qami run-instances --image-id $image" \
	"qemu-img create -q -f qcow2 -b $disk -F raw $work/other.qcow2 1G
	$pin virt-install --connect 'qemu:///embed?root=$work/embed' \
		--import --name other --memory 1024 --vcpus 2 --virt-type qemu \
		--osinfo generic --graphics none --noautoconsole --transient \
		--network user,model=virtio --machine q35 --sound none \
		--disk $work/other.qcow2,bus=virtio \
		--disk $work/seed.raw,format=raw,bus=virtio,readonly=on" \
	"$after" 'launch: virt-install --import'
