#!/bin/sh
# kms-schedule-key-deletion - a key waits, and then its material is gone
. tests/lib.sh

key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
arn=arn:aws:kms:us-east-1:123456789012:key/$key
qami kms create-alias --alias-name alias/web --target-key-id "$key"
qami kms grant --key-id "$key" --grantee-principal 222222222222 \
	--operations DescribeKey >/dev/null
for days in 6 31 0 -1; do
	fails ValidationException qami kms schedule-key-deletion \
		--key-id "$key" --pending-window-in-days $days
done
qami kms schedule-key-deletion --key-id "$arn" --pending-window-in-days 7 \
	>"$TMPDIR/answer"
tests/shape kms.ScheduleKeyDeletion "$TMPDIR/answer"
same "$arn PendingDeletion 7" "$(for member in KeyId KeyState \
	PendingWindowInDays; do get $member <"$TMPDIR/answer"; done |
	paste -sd ' ')"
same "$(get DeletionDate <"$TMPDIR/answer")" "$(qami kms describe-key \
	--key-id "$key" | get KeyMetadata.DeletionDate)"
python3 - "$(get DeletionDate <"$TMPDIR/answer")" <<'PYTHON'
import datetime, sys
wait = datetime.datetime.fromisoformat(sys.argv[1]).timestamp() - \
    datetime.datetime.now().timestamp()
assert 7 * 86400 - 60 < wait <= 7 * 86400, wait
PYTHON
fails KMSInvalidStateException qami kms schedule-key-deletion --key-id "$key"
fails NotFoundException as 222222222222 kms schedule-key-deletion \
	--key-id "$arn"
fails InvalidArnException qami kms schedule-key-deletion --key-id arn:aws:kms
default=$(qami kms describe-key --key-id alias/aws/ebs --output text \
	--query KeyMetadata.KeyId)
fails AccessDeniedException qami kms schedule-key-deletion --key-id "$default"

# thirty days unless said
other=$(qami kms create-key --query KeyMetadata.KeyId --output text)
same 30 "$(qami kms schedule-deletion --key-id "$other" |
	get PendingWindowInDays)"

# its time comes: the next command erases it, names and grants with it
sealed=$(sql "SELECT hex(sealed) FROM kms_key WHERE id = '$key'")
sql "UPDATE kms_key SET deletion = 1 WHERE id = '$key'"
fails NotFoundException qami kms describe-key --key-id "$key"
fails NotFoundException qami kms describe-key --key-id alias/web
fails NotFoundException qami kms cancel-key-deletion --key-id "$key"
same 'Deleted||0|0' "$(sql "SELECT state, sealed, (SELECT count(*)
	FROM kms_alias WHERE name = 'alias/web'),
	(SELECT count(*) FROM kms_grant) FROM kms_key WHERE id = '$key'")"
python3 - "$sealed" "$QAMI_STORE" <<'PYTHON'
import pathlib, sys
sealed = bytes.fromhex(sys.argv[1])
assert len(sealed) == 60
for path in pathlib.Path(sys.argv[2]).rglob("*"):
    assert not path.is_file() or sealed not in path.read_bytes(), path
PYTHON
