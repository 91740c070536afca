#!/bin/sh
# describe-image-layout - partition tables and file systems
# boots guests: libguestfs looks into disks with a machine of its own
. tests/lib.sh

ami=$(image alpha)
hidden "$ami" describe-image-layout "$ami"
fails InvalidAMIID.NotFound qami describe-image-layout ami-0fedcba9876543210
fails InvalidAMIID.NotFound qami describe-image-layout nothing
if ! [ -e "$QAMI_BUILD/qami-inspect.so" ]; then
	fails UnsupportedOperation qami describe-image-layout "$ami"
	skip "needs libguestfs: apt-get install libguestfs-dev"
fi
libguestfs_here
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
qami describe-image-layout tiny --output json >"$TMPDIR/tiny" \
	2>"$TMPDIR/err" || {
	tail -n 1 "$TMPDIR/err"
	grep -q 'apt-get install' "$TMPDIR/err" && exit 77
	exit 1
}
same msdos "$(get PartitionTable <"$TMPDIR/tiny")"
same vfat "$(get Partitions.0.Filesystem <"$TMPDIR/tiny")"
qami describe-image-layout tiny >/dev/null
