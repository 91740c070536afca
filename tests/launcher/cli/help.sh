#!/bin/sh
# help - rows are complete, and help, manual and completion come from them
set -eu
. tests/lib.sh

qami self-test

qami >"$TMPDIR/overview"
qami help | cmp - "$TMPDIR/overview"
has "Short verbs:" "$TMPDIR/overview"
has "describe-regions" "$TMPDIR/overview"

qami help describe-instance-types >"$TMPDIR/help"
same "qami describe-instance-types - list instance types: processors, memory, disks" \
	"$(head -n 1 "$TMPDIR/help")"
has "Example:" "$TMPDIR/help"
has "--max-results N" "$TMPDIR/help"
has "InvalidInstanceType" "$TMPDIR/help"
for way in "describe-instance-types --help" "describe-instance-types help" \
	"ec2 describe-instance-types -h"; do
	# shellcheck disable=SC2086
	qami $way | cmp - "$TMPDIR/help"
done
if qami help descrbe-regions 2>"$TMPDIR/err"; then
	exit 1
fi
has "did you mean 'describe-regions'?" "$TMPDIR/err"

# a word that only begins verbs has the help that lists them
for way in 'help account' 'account --help' 'account help' 'account -h' \
	'--help account'; do
	# shellcheck disable=SC2086
	qami $way >"$TMPDIR/help"
	has 'account <verb>' "$TMPDIR/help"
	has '  account create  ' "$TMPDIR/help"
	has '  account list  ' "$TMPDIR/help"
	same 0 "$(grep -c access-key "$TMPDIR/help")"
done
qami ebs --help >"$TMPDIR/help"
has '  ebs start-snapshot  ' "$TMPDIR/help"
if qami ebs 2>"$TMPDIR/err"; then
	exit 1
fi
has "'ebs' takes one more word: complete-snapshot, " "$TMPDIR/err"
for way in 'help accoun' 'accoun --help' 'help account nothing'; do
	# shellcheck disable=SC2086
	if qami $way >/dev/null 2>&1; then
		exit 1
	fi
done

# no line of help is wider than a terminal but an example's one word
for verb in $(qami pod --list); do
	qami help "$verb" >"$TMPDIR/help"
	same '' "$(awk 'length > 80 && !/^      --/' "$TMPDIR/help")"
	qami pod "$verb" >"$TMPDIR/pod"
	podchecker "$TMPDIR/pod" 2>"$TMPDIR/err" ||
		{ cat "$TMPDIR/err" >&2; exit 1; }
	if grep -q 'WARNING' "$TMPDIR/err"; then
		cat "$TMPDIR/err" >&2
		exit 1
	fi
done
qami pod | podchecker 2>"$TMPDIR/err"

# qami(1) tells of every variable that the sources read
qami pod >"$TMPDIR/pod"
grep -rhoE '"QAMI_[A-Z0-9_]+"' --include='*.c' images launcher/*/ bundle |
	tr -d '"' | sort -u >"$TMPDIR/read"
[ "$(wc -l <"$TMPDIR/read")" -gt 15 ]
while read -r variable; do
	has "=item B<$variable>" "$TMPDIR/pod"
done <"$TMPDIR/read"

# a switch's negative is shown where it says more than leaving it out
qami help modify-instance-attribute >"$TMPDIR/help"
has '--source-dest-check | --no-source-dest-check' "$TMPDIR/help"
qami help run-instances >"$TMPDIR/help"
has '--disable-api-termination | --enable-api-termination' "$TMPDIR/help"
qami help stop >"$TMPDIR/help"
has '--wait | --no-wait' "$TMPDIR/help"
qami help images >"$TMPDIR/help"
has '-q, --quiet ' "$TMPDIR/help"
qami images --no-quiet >/dev/null
qami pod stop >"$TMPDIR/pod"
has 'B<--wait, --no-wait>' "$TMPDIR/pod"

# completion
same "describe-regions" "$(qami complete -- describe-reg)"
same "--region-names
--region" "$(qami complete -- describe-regions --region)"
same "text
table" "$(qami complete -- describe-regions --output t)"
same "yaml
yaml-stream" "$(qami complete -- describe-regions --output y)"
same "create
list" "$(qami complete -- --account 111111111111 account '')"
same "delete
disable" "$(qami complete -- access-key d)"
same "start-snapshot" "$(qami complete -- ebs start)"
same "--id" "$(qami complete -- account create --id)"
same "account-create
account-list" "$(qami complete -- help account)"
same "create
list" "$(qami complete -- help account '')"
qami complete | bash -n
same "describe-regions" "$(bash -c '. /dev/stdin <<END
$(qami complete)
END
COMP_WORDS=(qami describe-reg) COMP_CWORD=1
_qami
echo "${COMPREPLY[@]}"')"
same "--volume" "$(bash -c '. /dev/stdin <<END
$(qami complete)
END
complete -p ec2-upload-bundle | grep -q _qami_tool
COMP_WORDS=(/usr/bin/ec2-bundle-vol --vo) COMP_CWORD=1
_qami_tool
echo "${COMPREPLY[@]}"')"
