# filling.sh - what the tests of layers that are being filled share: of the one
# in $layer; read after tests/lib.sh

# filling - how it does
filling()
{
	sql "SELECT state FROM filling WHERE layer = '$layer'"
}

# filler - who fills it: of several that were started at once, the one that stays
filler()
{
	for try in $(seq 600); do
		[ "$(fillers)" != 1 ] || break
		sleep 0.1
	done
	pgrep -f "$(filler_is)"
}

# fillers - how many there are
fillers()
{
	pgrep -fc "$(filler_is)" || :
}
filler_is()
{
	echo "^qami --store $QAMI_STORE fill-layer --layer $layer"
}

# until_is TEXT COMMAND… - waits until that prints the text
until_is()
{
	local wanted

	wanted=$1
	shift
	for try in $(seq 600); do
		[ "$("$@")" != "$wanted" ] || return 0
		sleep 0.1
	done
	same "$wanted" "$("$@")"
}

# reads FILE BLOCK - whether that can be read through who fills it; it is as in
# the file then
reads()
{
	timeout 60 qemu-img dd -f raw -O raw bs=512k skip="$2" count=$(($2 + 1)) \
		"if=nbd+unix:///$layer?socket=$QAMI_STORE/fill/$layer" \
		of="$TMPDIR/block" >"$TMPDIR/io" 2>&1 || return 1
	cmp -n 524288 -i "0:$(($2 * 524288))" "$TMPDIR/block" "$1"
}

# missing FILE BLOCK - it cannot be read
missing()
{
	if reads "$@"; then
		echo "block $2 can be read" >&2
		return 1
	fi
}
