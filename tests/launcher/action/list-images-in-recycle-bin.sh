#!/bin/sh
# list-images-in-recycle-bin - what is there is nowhere else, and of no use
. tests/lib.sh
. tests/rbin.sh

rule EC2_IMAGE 30 >"$TMPDIR/id"
ami=$(image alpha --description 'a disk')
snap=$(qami describe-images |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
qami modify-image-attribute --image-id "$ami" --user-ids 222222222222
dry qami deregister-image --image-id "$ami"
qami deregister-image --image-id "$ami" >"$TMPDIR/answer"
qami list-images-in-recycle-bin >"$TMPDIR/all"
for pair in ImageId="$ami" Name=alpha Description='a disk'; do
	same "$pair" "${pair%%=*}=$(get "Images.0.${pair%%=*}" <"$TMPDIR/all")"
done
same "$(get Images.0.RecycleBinExitTime <"$TMPDIR/all")" "$(date -u -d \
	"$(get Images.0.RecycleBinEnterTime <"$TMPDIR/all") + 30 days" \
	+%FT%T.%6N+00:00)"
same true "$(qami describe-tags --output text --query 'Tags[0].Value' --filters \
	"Name=resource-id,Values=$ami" \
	Name=key,Values=aws:recycle-bin:resource-in-bin)"

qami create-tags --resources "$ami" --tags Key=a,Value=b
same 3 "$(qami describe-tags --query 'length(Tags)' --filters \
	"Name=resource-id,Values=$ami")"

# nobody finds, launches, changes or shares it; it is gone for whom it was lent
for who in 123456789012 222222222222; do
	same '[]' "$(as $who describe-images --include-disabled --query Images)"
	same '' "$(as $who images -q)"
done
same '[]' "$(qami describe-images --image-ids "$ami" --query Images)"
for verb in run-instances deregister-image "modify-image-attribute \
	--user-ids 333333333333" disable-image enable-image; do
	# shellcheck disable=SC2086
	fails InvalidAMIID.Unavailable qami $verb --image-id "$ami"
	# shellcheck disable=SC2086
	fails InvalidAMIID.NotFound as 222222222222 $verb --image-id "$ami"
done
fails InvalidAMIID.NotFound as 222222222222 describe-images --image-ids "$ami"
fails InvalidAMIID.Unavailable qami copy-image --source-region us-east-1 \
	--source-image-id "$ami" --name copy

# its snapshot is as free as that of any image that is gone
dry qami delete-snapshot --snapshot-id "$snap"
image alpha >"$TMPDIR/answer"

# ids, strangers, pages
fails InvalidAMIID.NotFound qami list-images-in-recycle-bin \
	--image-ids ami-0fedcba9876543210
hidden "$ami" list-images-in-recycle-bin --image-ids "$ami"
same '[]' "$(as 222222222222 list-images-in-recycle-bin --query Images)"
for n in 1 2 3 4 5; do
	last=$(image "beta $n")
	qami deregister-image --image-id "$last" >"$TMPDIR/answer"
done
token=$(qami list-images-in-recycle-bin --max-results 5 | get NextToken)
same "$last" "$(qami list-images-in-recycle-bin --max-results 5 \
	--next-token "$token" | get Images.0.ImageId)"
fails InvalidNextToken qami list-images-in-recycle-bin --max-results 6 \
	--next-token "${token}A"
dry qami list-images-in-recycle-bin

# kernels, and what never came to be, are not kept
aki=$(image kernel --kind kernel)
qami deregister-image --image-id "$aki" >"$TMPDIR/answer"
failed=$(image failed)
sql "UPDATE image SET state = 'failed' WHERE id = '$failed'"
qami deregister-image --image-id "$failed" >"$TMPDIR/answer"
same 6 "$(qami list-images-in-recycle-bin --query 'length(Images)')"
