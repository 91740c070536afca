#!/bin/sh
# signed - what curl, awscli and botocore sign is let in through the server,
# until the moment in which the key is disabled
. tests/lib.sh

served
eval "$(qami env --endpoint-url "$AWS_ENDPOINT_URL")"
action='Action=DescribeRegions&Version=2016-11-15'
# what -H gives curl signs, what it adds by itself it does not
ask()
{
	curl -s -o "$TMPDIR/answer" -w '%{http_code}' \
		--aws-sigv4 "aws:amz:$AWS_REGION:${service:-ec2}" \
		--user "$AWS_ACCESS_KEY_ID:${secret:-$AWS_SECRET_ACCESS_KEY}" \
		-H 'Content-Type: application/x-www-form-urlencoded' \
		-d "$action" "$@" "$AWS_ENDPOINT_URL"
}
refused() # STATUS CODE, of what was just asked
{
	same "$1" "$status"
	has "<Code>$2</Code>" "$TMPDIR/answer"
}

same 200 "$(ask)"
has '<regionName>us-east-1</regionName>' "$TMPDIR/answer"
status=$(secret=wrong ask)
refused 403 SignatureDoesNotMatch
status=$(service=glacier ask)
refused 403 SignatureDoesNotMatch
status=$(AWS_REGION=mars-north-1 ask)
refused 403 SignatureDoesNotMatch
has us-east-1 "$TMPDIR/answer"
status=$(curl -s -o "$TMPDIR/answer" -w '%{http_code}' -d "$action" \
	"$AWS_ENDPOINT_URL")
refused 403 MissingAuthenticationToken
status=$(ask -H 'X-Amz-Date: 20200101T000000Z')
refused 400 IncompleteSignature # curl sends its own, too
same us-east-1 "$(aws --endpoint-url "$AWS_ENDPOINT_URL" ec2 \
	describe-regions --query 'Regions[0].RegionName' --output text)"

# a presigned URL, twice: the log says that it came again
url=$(/usr/bin/python3 -c '
import os, boto3
print(boto3.client("ec2", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
      .generate_presigned_url("describe_regions", HttpMethod="GET"))')
get_url()
{
	curl -s -o "$TMPDIR/answer" -w '%{http_code}' "$1"
}
same 200 "$(get_url "$url")"
if grep -q '"repeated"' "$TMPDIR/served.log"; then exit 1; fi
same 200 "$(get_url "$url")"
has '"repeated":1,' "$TMPDIR/served.log"
status=$(get_url "$url&Filter.1.Name=x")
refused 403 SignatureDoesNotMatch
status=$(get_url "${url%Signature=*}Sig=")
refused 400 IncompleteSignature

# no key is let in after it was disabled, though it was a moment ago
for _ in 1 2 3; do
	qami access-key disable "$AWS_ACCESS_KEY_ID"
	status=$(ask)
	refused 401 AuthFailure
	status=$(get_url "$url")
	refused 401 AuthFailure
	qami access-key enable "$AWS_ACCESS_KEY_ID"
	same 200 "$(ask)"
done
qami access-key delete "$AWS_ACCESS_KEY_ID"
status=$(ask)
refused 401 AuthFailure

# no secret is in the log, nor is there a key that was not let in
if grep -qF "$AWS_SECRET_ACCESS_KEY" "$TMPDIR/served.log"; then exit 1; fi
has "\"key\":\"$AWS_ACCESS_KEY_ID\"" "$TMPDIR/served.log"
same '"key":null' "$(tail -n 1 "$TMPDIR/served.log" | grep -o '"key":[^,]*')"
