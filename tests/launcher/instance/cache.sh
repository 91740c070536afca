#!/bin/sh
# boots guests
# What bundles unpack to: once for all who want it at the same moment, no more
# of it than QAMI_CACHE_SIZE, never dropped under an instance, and nothing left
# of it when the disk fills.
. tests/lib.sh
. tests/bundle.sh

guests_here
cache=$QAMI_STORE/cache

# sized NAME SEED - bundles and registers a disk of 3 MiB; prints the image's id
sized()
{
	disk "$TMPDIR/$1" 8M
	head -c 3M /dev/urandom | dd of="$TMPDIR/$1" bs=1M seek=2 \
		conv=notrunc status=none
	stored "$TMPDIR/$1" "images/$1" "$1"
	registered "images/$1/$1.manifest.xml" "$1"
}

# cached - how many images are unpacked
cached()
{
	ls "$cache" | wc -l
}

one=$(sized one)
two=$(sized two)
three=$(sized three)

# eight at once unpack once, and all of them run
QAMI_LOG=debug
export QAMI_LOG
for n in 1 2 3 4 5 6; do
	launch "$one" >"$TMPDIR/id.$n" 2>"$TMPDIR/err.$n" &
done
wait
unset QAMI_LOG
cat "$TMPDIR"/id.? >"$TMPDIR/ids"
same 6 "$(wc -l <"$TMPDIR/ids")" || { cat "$TMPDIR"/err.? >&2; exit 1; }
same 1 "$(cached)"
# what was unpacked is the disk, byte for byte, and its holes are holes
cmp "$cache"/*.raw "$TMPDIR/one"
[ "$(du -k "$cache"/*.raw | cut -f 1)" -lt 4500 ]
qami gc >"$TMPDIR/gc"
same 1 "$(cached)"
qami rm $(cat "$TMPDIR/ids")

# bounded: the longest unused goes, but none that is in use
export QAMI_CACHE_SIZE=7M
i=$(launch "$two")
same 2 "$(cached)"
j=$(launch "$three")
same 2 "$(cached)"
qami rm "$j"
j=$(launch "$one")
same 2 "$(cached)"
qami rm "$i" "$j"
# one was used after two
qami images >/dev/null
i=$(launch "$three")
same 2 "$(cached)"
ls "$cache" | grep -q "$(sql "SELECT digest FROM
	image_bundle JOIN image ON id = image WHERE name = 'one'")"
qami doctor | grep -q '^ok    cache: 2 unpacked images, .* of 7.0 MiB' ||
	qami doctor | grep '^ok    cache: 2 unpacked images, .* of 7 MiB'
export QAMI_CACHE_SIZE=0
qami rm "$i"
same 0 "$(cached)"
unset QAMI_CACHE_SIZE

# fsck knows what belongs there
i=$(launch "$one")
qami fsck
touch "$QAMI_STORE/scratch/stray.raw" "$cache/stray"
fails_fsck()
{
	if qami fsck "$@" >"$TMPDIR/fsck"; then
		cat "$TMPDIR/fsck" >&2
		return 1
	fi
}
fails_fsck
has 'stray.raw: no row names this file' "$TMPDIR/fsck"
has 'stray: no row names this file' "$TMPDIR/fsck"
qami fsck --repair >"$TMPDIR/fsck" || cat "$TMPDIR/fsck"
same 'stray
stray.raw' "$(ls "$QAMI_STORE/lost+found")"
mv "$cache"/*.raw "$TMPDIR/away.raw"
fails_fsck
has 'its unpacked image' "$TMPDIR/fsck"
name=$(sql 'SELECT digest FROM image_bundle JOIN image
	ON id = image WHERE name = "one"')
mv "$TMPDIR/away.raw" "$cache/$name.raw"
qami rm "$i"
qami fsck

# a full disk
has_small_disk || exit 0
mv "$QAMI_STORE/keys" "$TMPDIR/keys"
cp "$TMPDIR/one" "$TMPDIR/big"
small_disk '
	. "'"$PWD"'/tests/lib.sh"
	qami images >/dev/null
	cp -r "'"$TMPDIR"'/keys" "$QAMI_STORE/keys"
	cd "'"$PWD"'"
	. tests/bundle.sh
	head -c 600K /dev/urandom >"$TMPDIR/little"
	truncate -s 3M "$TMPDIR/little"
	stored "$TMPDIR/little" images/l little
	ami=$(registered images/l/little.manifest.xml little)
	cd "'"$TMPDIR"'/small"
	fill
	fails InsufficientVolumeCapacity qami run-instances --image-id "$ami"
	same "" "$(ls "$QAMI_STORE/cache" 2>/dev/null)"
	same "" "$(ls "$QAMI_STORE/scratch")"
	drain
	same "" "$(qami ps -q)"
	same "" "$(qami fsck >/dev/null || echo faults)"
'
