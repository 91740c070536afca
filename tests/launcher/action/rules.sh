#!/bin/sh
# rules - what every Describe action does with pages, filters, ids and a dry
# run, and every action that has one with a dry run
. tests/lib.sh
. tests/snapshot.sh

# more than a page of everything that is soon made
for n in 1 2 3 4 5 6; do
	vol=$(volume --size 1 --volume-type gp3 --tag-specifications \
		"ResourceType=volume,Tags=[{Key=n,Value=$n}]")
	snap=$(snap "$vol")
	qami register-image --name "image $n" --block-device-mappings \
		"DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}"
	qami modify-volume --volume-id "$vol" --size 2
	qami create-security-group --group-name "group $n" --description x
	qami create-launch-template --launch-template-name "web$n" \
		--launch-template-data InstanceType=t2.nano
done >"$TMPDIR/made"
qami create-key-pair --key-name mine --key-type ed25519 >"$TMPDIR/made"

qami self-test --parameters >"$TMPDIR/rows"
tests/launcher/action/rules.py "$TMPDIR/rows"

# every action with DryRun has a test that asks for it
python3 - "$TMPDIR/rows" <<'END' >"$TMPDIR/dry"
import json, re, sys
for row in json.load(open(sys.argv[1])):
    if any(param["name"] == "DryRun" for param in row["params"]):
        name = row["name"] if row["service"] == "ec2" else \
            row["service"] + row["name"]
        print(re.sub("(?<!^)(?=[A-Z])", "-", name).lower())
END
[ "$(wc -l <"$TMPDIR/dry")" -gt 80 ]
missing=
while read -r verb; do
	grep -qE '(^|[[:space:](])(dry |DryRunOperation)' \
		"tests/launcher/action/$verb.sh" || missing="$missing $verb"
done <"$TMPDIR/dry"
same "" "$missing"
