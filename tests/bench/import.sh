# import - a raw gigabyte, 17 % full, against qemu-img convert
truncate -s 1G "$work/disk.raw"
i=0
while [ $i -lt 17 ]; do
	dd if=/dev/urandom of="$work/disk.raw" bs=1M count=10 \
		seek=$((i * 60)) conv=notrunc status=none
	i=$((i + 1))
done
tests/bench/compare 5 1.0 \
	"qami import $work/disk.raw --name bench --format raw" \
	"qemu-img convert -f raw -O raw $work/disk.raw $work/copy.raw" \
	'if [ "$1" = ours ]; then qami rmi bench; else rm "$work/copy.raw"; fi' \
	'import of a raw 1 GiB: qemu-img convert'
qemu-img convert -f raw -O qcow2 "$work/disk.raw" "$work/disk.qcow2"
tests/bench/compare 5 1.0 \
	"qami import $work/disk.qcow2 --name bench" \
	"qemu-img convert -f qcow2 -O qcow2 $work/disk.qcow2 $work/copy.qcow2" \
	'if [ "$1" = ours ]; then qami rmi bench; else rm "$work/copy.qcow2"; fi' \
	'import of a qcow2 1 GiB: qemu-img convert'
