#!/bin/sh
# takes long
# Who enables a fast restore or disables it, has a snapshot archived or brought
# back, or deletes one that is on its way, is killed at any step of the call:
# what it was asked for has happened with all that belongs to it or has not, and
# asked once more it happens.
. tests/lib.sh
. tests/snapshot.sh
. tests/fastrestore.sh
. tests/stored.sh
. tests/tier.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-2}

vol=$(volume --size 1)
put "$vol" 0x11 1
snap "$vol" >"$TMPDIR/out"
put "$vol" 0x22 1
snap=$(snap "$vol")
settled

# seed NAME - the store as it is now is what a sweep of that name begins with
seed()
{
	crash_children
	cp -a "$QAMI_STORE" "$TMPDIR/$1"
}

# anew NAME - as it was then
anew()
{
	crash_children
	rm -rf "$QAMI_STORE"
	cp -a "$TMPDIR/$1" "$QAMI_STORE"
}

# agree WHAT - what is said of the snapshot goes with what there is of it
agree()
{
	sound "$1" --jobs
	[ "$(sql "SELECT count(*) FROM fast_restore AS f WHERE
		(f.state IN ('enabling', 'optimizing', 'enabled')) <>
		EXISTS (SELECT 1 FROM fast_layer WHERE
		snapshot = f.snapshot)")" = 0 ] || wrong "$1: a layer's row"
	qami fsck >"$TMPDIR/out" || wrong "$1: $(cat "$TMPDIR/out")"
}

# swept NAME RESULT COMMAND… - kills a command and says it again, if it has not
# done it; then RESULT, a function, must come true
swept()
{
	name=$1
	result=$2
	shift 2
	anew "$name"
	points "$points" "$@" >"$TMPDIR/points" || wrong "$* does not succeed"
	$result || wrong "$*: not so"
	while read -r call number; do
		anew "$name"
		killed "$call" "$number" "$@"
		agree "$* $call $number"
		# one that was done already may say so
		"$@" >"$TMPDIR/out" 2>"$TMPDIR/err" || :
		$result || wrong "$* $call $number: not so"
		agree "$* $call $number, again"
	done <"$TMPDIR/points"
}

enabled() { built "$snap" && later 7200 && fast_is "$snap" enabled; }
disabled() { fast_is "$snap" disabled && settled; }
archived() { tiered "$snap" archival-completed; }
# restored for good or for a while, with what it showed
is_back()
{
	case $(task_over "describe-snapshot-tier-status --filters \
		Name=snapshot-id,Values=$snap" \
		SnapshotTierStatuses.0.LastTieringOperationStatus \
		temporary-restore-completed permanent-restore-completed) in
	*completed) holds "$snap" 0x22 1 ;;
	*) return 1 ;;
	esac
}
# with what was made of it and for it
is_gone()
{
	settled
	same 0 "$(sql "SELECT (SELECT count(*) FROM snapshot WHERE id = '$snap')
		+ (SELECT count(*) FROM fast_layer)
		+ (SELECT count(*) FROM fast_restore WHERE snapshot = '$snap')
		+ (SELECT count(*) FROM archive_object)")"
}
seed plain
swept plain enabled qami enable-fast-snapshot-restores \
	--availability-zones $zone --source-snapshot-ids "$snap"
[ -n "${KILL_POINTS:-}" ] || {
	crash_report # of the rest in torture alone
	exit
}
anew plain
archive "$snap"
settled
seed cold
swept cold is_back qami restore-snapshot-tier --snapshot-id "$snap" \
	--temporary-restore-days 3
swept cold is_back qami restore-snapshot-tier --snapshot-id "$snap" \
	--permanent-restore
swept cold is_gone qami delete-snapshot --snapshot-id "$snap"
anew plain
fast enable "$snap" >"$TMPDIR/out"
enabled
seed fast
swept fast disabled qami disable-fast-snapshot-restores \
	--availability-zones $zone --source-snapshot-ids "$snap"
swept fast is_gone qami delete-snapshot --snapshot-id "$snap"
# its archiving ends the fast restore
swept fast archived qami modify-snapshot-tier --snapshot-id "$snap"
crash_report
