#!/bin/sh
# place - a user whose account is the machine's acts as it without a setting,
# anybody else has a store of his own
. tests/lib.sh

one=$(image one)
served
machine=$QAMI_STORE
mkdir -m 777 "$TMPDIR/home"
cp "$QAMI_BUILD/qami" "$TMPDIR/qami"
if [ "$(id -u)" = 0 ]; then
	set -- setpriv --reuid 65534 --regid 65534 --clear-groups
else
	set --
fi
set -- "$@" env -u QAMI_STORE -u XDG_DATA_HOME HOME="$TMPDIR/home" \
	QAMI_MACHINE_STORE="$machine"

if [ "$(id -u)" = 0 ]; then
	# nobody made an account for him: what he has is his
	same '' "$("$@" "$TMPDIR/qami" images)"
	[ -e "$TMPDIR/home/.local/share/qami/qami.db" ]
	vol=$("$@" "$TMPDIR/qami" create-volume --size 1 --output text \
		--availability-zone us-east-1a --query VolumeId)
	same "$vol" "$("$@" "$TMPDIR/qami" vols -q)"
	same 0 "$(sql 'SELECT count(*) FROM volume')"

	# from then on it is the machine's, and what is shared with him there
	qami account create student --id 111122223333 --user 65534 >/dev/null
	same '' "$("$@" "$TMPDIR/qami" vols -q)"
	same 111122223333 "$("$@" "$TMPDIR/qami" sts get-caller-identity \
		--query Account --output text)"
	fails InvalidAMIID.NotFound "$@" "$TMPDIR/qami" describe-images \
		--image-ids "$one"
	qami modify-image-attribute --image-id "$one" \
		--launch-permission 'Add=[{UserId=111122223333}]'
	fails AuthFailure "$@" "$TMPDIR/qami" --account 123456789012 images
	"$@" "$TMPDIR/qami" create-volume --size 1 \
		--availability-zone us-east-1a >/dev/null
	same 111122223333 "$(sql 'SELECT owner FROM volume')"

	# what only root may do says so, and is not done elsewhere
	for verb in gc 'quota set --instances none' 'quota list --all' \
		'account create more'; do
		code=0
		# shellcheck disable=SC2086
		"$@" "$TMPDIR/qami" $verb 2>"$TMPDIR/err" || code=$?
		same 253 "$code"
		has "the store $machine is root's" "$TMPDIR/err"
	done
	same 'student	storage	1	none' "$("$@" "$TMPDIR/qami" quota list |
		grep storage)"

	# his own is there for the asking
	same "$vol" "$("$@" "$TMPDIR/qami" vols -q \
		--store "$TMPDIR/home/.local/share/qami")"
	same "$vol" "$("$@" QAMI_STORE="$TMPDIR/home/.local/share/qami" \
		"$TMPDIR/qami" vols -q)"
fi
same "$one" "$("$@" "$TMPDIR/qami" images -q)"
same "$one" "$("$@" "$TMPDIR/qami" describe-images --image-ids "$one" \
	--query 'Images[0].ImageId' --output text)"

# without its server the machine has nobody to ask
end_served
same '' "$("$@" "$TMPDIR/qami" images -q)"
