#!/bin/sh
# create-tags - on every kind of resource, all or nothing, by EC2's rules
. tests/lib.sh

ami=$(image alpha)
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)

# value RESOURCE KEY - what a tag says
value()
{
	qami describe-tags --filters "Name=resource-id,Values=$1" |
		python3 -c '
import json, sys
print({tag["Key"]: tag["Value"] for tag in json.load(sys.stdin)["Tags"]}
      .get(sys.argv[1], "(none)"))' "$2"
}

qami create-tags --resources "$ami" "$snap" --tags Key=a,Value=1 Key=b,Value=2
for id in "$ami" "$snap"; do
	same 1 "$(value "$id" a)"
	same 2 "$(value "$id" b)"
done
qami create-tags --resources "$ami" --tags Key=a,Value=3 Key=empty,Value=
same 3 "$(value "$ami" a)"
same '' "$(value "$ami" empty)"
qami create-tags --resources "$ami" --tags Key=bare
same '' "$(value "$ami" bare)"
same 1 "$(value "$snap" a)"

# any text is a key or a value
strange=$(printf 'a "quoted"\n\tline, =€ \\ ünï <&>')
qami create-tags --resources "$ami" --tags "$(STRANGE=$strange python3 -c '
import json, os
print(json.dumps([{"Key": os.environ["STRANGE"],
                   "Value": os.environ["STRANGE"]}]))')"
same "$strange" "$(value "$ami" "$strange")"
same "$strange" "$(qami describe-tags --output json | python3 -c '
import json, sys
print([t["Value"] for t in json.load(sys.stdin)["Tags"] if "quoted" in t["Key"]]
      [0])')"
qami describe-tags --output text >/dev/null
qami describe-tags --output table >/dev/null

# limits
long=$(printf '%0127d' 0)
qami create-tags --resources "$ami" --tags "Key=$long,Value=$long$long"
fails InvalidParameterValue qami create-tags --resources "$ami" \
	--tags "Key=${long}x,Value=1"
fails InvalidParameterValue qami create-tags --resources "$ami" \
	--tags "Key=c,Value=$long${long}xx"
for key in aws: aws:x AWS:x; do
	fails InvalidParameterValue qami create-tags --resources "$ami" \
		--tags "Key=$key,Value=1"
done
tags=
for i in $(seq 49); do tags="$tags Key=k$i,Value=v"; done
fails TagLimitExceeded qami create-tags --resources "$snap" --tags $tags
same '(none)' "$(value "$snap" k1)"

# all or nothing
fails InvalidAMIID.NotFound qami create-tags --tags Key=x,Value=1 \
	--resources "$ami" ami-0fedcba9876543210
fails InvalidParameterValue qami create-tags --resources "$ami" \
	--tags Key=x,Value=1 Key=aws:y,Value=1
same '(none)' "$(value "$ami" x)"

# ids
tag='create-tags --tags Key=x,Value=1 --resources'
fails InvalidID qami $tag nonsense
fails InvalidID qami $tag ami-12
fails InvalidInstanceID.NotFound qami $tag i-0fedcba9876543210
fails InvalidVolume.NotFound qami $tag vol-0fedcba9876543210
fails InvalidSnapshot.NotFound qami $tag snap-0fedcba9876543210
fails InvalidKeyPair.NotFound qami $tag key-0fedcba9876543210
fails MissingParameter qami create-tags --cli-input-json \
	"{\"Resources\": [\"$ami\"]}"

dry qami $tag "$ami"
same '(none)' "$(value "$ami" x)"

# strangers
hidden "$ami" $tag "$ami"
hidden "$snap" $tag "$snap"
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
fails AuthFailure as 222222222222 $tag "$ami"
same '(none)' "$(value "$ami" x)"
qami deregister-image --image-id "$ami"
fails InvalidAMIID.Unavailable qami $tag "$ami"
