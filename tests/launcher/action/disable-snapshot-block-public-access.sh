#!/bin/sh
# disable-snapshot-block-public-access - what was public before is so again
. tests/lib.sh
. tests/snapshot.sh

snap=$(snap "$(volume --size 1)")
qami modify-snapshot-attribute --snapshot-id "$snap" --group-names all
same unblocked "$(qami disable-snapshot-block-public-access | get State)"
qami enable-snapshot-block-public-access --state block-all-sharing >/dev/null
dry qami disable-snapshot-block-public-access
same 0 "$(as 222222222222 describe-snapshots --query 'length(Snapshots)')"
same unblocked "$(qami disable-snapshot-block-public-access | get State)"
same 1 "$(as 222222222222 describe-snapshots --query 'length(Snapshots)')"
qami modify-snapshot-attribute --snapshot-id "$snap" --group-names all
