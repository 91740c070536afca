#!/bin/sh
# takes long
# A start, put or complete that is killed at any of its steps leaves every
# block that was acknowledged, and a snapshot that can be gone on with; none is
# complete that nobody completed.
. tests/lib.sh
. tests/ebs.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-6}
block a
block b
qami describe-snapshots >/dev/null

# reads SNAPSHOT BLOCK NAME WHAT - whatever state it is in
reads()
{
	layer=$QAMI_STORE/layers/$(sql \
		"SELECT layer FROM snapshot WHERE id = '$1'")
	qemu-io -r -U -f qcow2 -c "read -v $(($2 * 524288)) 524288" "$layer" |
		sed -n 's/^[0-9a-f]*:  \(.\{47\}\).*/\1/p' | xxd -r -p |
		cmp -s - "$TMPDIR/$3" || wrong "$4: block $2 is not $3"
}

# is SNAPSHOT STATE WHAT
is()
{
	[ "$(sql "SELECT state FROM snapshot WHERE id = '$1'")" = "$2" ] ||
		wrong "$3: $1 is not $2"
}

# sweep WHAT COMMAND… - kills it at each step; `before` makes $snap ready, and
# `after` looks at what is left and goes on
sweep()
{
	what=$1
	shift
	before
	points "$points" "$@" >"$TMPDIR/points" || wrong "$what does not succeed"
	[ -s "$TMPDIR/points" ] || wrong "$what has no steps"
	while read -r call number; do
		before
		killed "$call" "$number" "$@"
		sound "$what $call $number" --jobs
		after "$what $call $number"
	done <"$TMPDIR/points"
}

# the words of a put, which strace can run; $snap is in a file's place
cat >"$TMPDIR/put" <<END
#!/bin/sh
exec qami ebs put-snapshot-block --snapshot-id "\$(cat "$TMPDIR/snap")" \
	--block-index "\$1" --block-data "$TMPDIR/b" --data-length 524288 \
	--checksum "$(sum "$TMPDIR/b")" --checksum-algorithm SHA256
END
cat >"$TMPDIR/done" <<END
#!/bin/sh
exec qami ebs complete-snapshot --snapshot-id "\$(cat "$TMPDIR/snap")" \
	--changed-blocks-count 2
END
chmod +x "$TMPDIR/put" "$TMPDIR/done"

before()
{
	:
}
after()
{
	[ "$(sql "SELECT count(*) FROM snapshot WHERE state <> 'pending'")" = 0 ] ||
		wrong "$1: not pending"
	snap=$(begin --client-token "$1")
	[ "$snap" = "$(begin --client-token "$1")" ] || wrong "$1: two of them"
	put "$snap" 3 a >/dev/null || wrong "$1: it takes no block"
	reads "$snap" 3 a "$1"
}
sweep start qami ebs start-snapshot --volume-size 1

# a new block beside one that was acknowledged
before()
{
	snap=$(begin)
	echo "$snap" >"$TMPDIR/snap"
	put "$snap" 1 a >/dev/null
}
after()
{
	is "$snap" pending "$1"
	reads "$snap" 1 a "$1"
	[ "$(sql "SELECT count(*) FROM snapshot_block WHERE
		snapshot = '$snap' AND block = 2")" = 0 ] ||
		reads "$snap" 2 b "$1: acknowledged"
	"$TMPDIR/put" 2 >/dev/null || wrong "$1: put again"
	complete "$snap" 2 >/dev/null || wrong "$1: complete"
	reads "$snap" 1 a "$1: completed"
	reads "$snap" 2 b "$1: completed"
}
sweep put "$TMPDIR/put" 2

# another word for a block: it is the old, the new or said to be cut short
after()
{
	is "$snap" pending "$1"
	if complete "$snap" 1 >/dev/null 2>"$TMPDIR/err"; then
		if [ "$(sql "SELECT count(*) FROM snapshot WHERE
			id = '$snap' AND state = 'completed'")" = 1 ]; then
			fetch "$snap" 1 got >/dev/null
			cmp -s "$TMPDIR/got" "$TMPDIR/a" ||
				cmp -s "$TMPDIR/got" "$TMPDIR/b" ||
				wrong "$1: a torn block was completed"
			return
		fi
		wrong "$1: complete, but it is not"
	fi
	grep -q 'cut short\|0 blocks were written' "$TMPDIR/err" ||
		wrong "$1: $(cat "$TMPDIR/err")"
	"$TMPDIR/put" 1 >/dev/null || wrong "$1: put again"
	complete "$snap" 1 >/dev/null || wrong "$1: complete"
	reads "$snap" 1 b "$1: completed"
}
sweep overwrite "$TMPDIR/put" 1

before()
{
	snap=$(begin)
	echo "$snap" >"$TMPDIR/snap"
	put "$snap" 1 a >/dev/null
	put "$snap" 2 b >/dev/null
}
after()
{
	reads "$snap" 1 a "$1"
	reads "$snap" 2 b "$1"
	"$TMPDIR/done" >/dev/null || wrong "$1: complete again"
	is "$snap" completed "$1"
	[ "$(blocks "$snap")" = '1 2' ] || wrong "$1: it has $(blocks "$snap")"
}
sweep complete "$TMPDIR/done"
crash_report
