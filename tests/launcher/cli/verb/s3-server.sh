#!/bin/sh
# s3-server - an account's S3 server is set, shown without its secret, removed
. tests/lib.sh
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_REGION \
	AWS_DEFAULT_REGION AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ENDPOINT_URL \
	AWS_ENDPOINT_URL_S3 AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE

same 'account 123456789012 has no S3 server' "$(qami s3-server)"
fails AuthFailure qami s3-server --url http://localhost:9000
fails InvalidParameterCombination qami s3-server --region eu-west-1
fails InvalidParameterCombination qami s3-server --url http://localhost:9000 \
	--access-key AKIA1
fails InvalidParameterCombination qami s3-server --url aws --remove

echo 'wJalr/the+secret' >"$TMPDIR/secret"
qami s3-server --url http://localhost:9000 --region eu-west-1 \
	--access-key AKIA1 --secret-file "$TMPDIR/secret"
same 'http://localhost:9000, region eu-west-1, access key AKIA1' \
	"$(qami s3-server)"
same 'account 222222222222 has no S3 server' \
	"$(as 222222222222 s3-server)"
same '600 700' "$(stat -c %a "$QAMI_STORE/s3/123456789012.conf") $(
	stat -c %a "$QAMI_STORE/s3")"
has 'wJalr/the+secret' "$QAMI_STORE/s3/123456789012.conf"

# what cannot be is refused, and what was set stays
for url in ftp://localhost localhost http:// http://a:0 http://a:99999 \
	'http://a@b' http://a/path 'http://a b' https://-a; do
	fails InvalidParameterValue qami s3-server --url "$url" \
		--access-key AKIA1 --secret-file "$TMPDIR/secret"
done
fails InvalidParameterValue qami s3-server --url aws --access-key 'A/B' \
	--secret-file "$TMPDIR/secret"
fails InvalidParameterValue qami s3-server --url aws --access-key AKIA1 \
	--secret-file "$TMPDIR/none"
fails InvalidParameterValue qami s3-server --url aws --region 'eu west' \
	--access-key AKIA1 --secret-file "$TMPDIR/secret"
same 'http://localhost:9000, region eu-west-1, access key AKIA1' \
	"$(qami s3-server)"

# keys from standard input, from the environment, from a profile
echo other | qami s3-server --url aws --access-key AKIA2 --secret-file -
same 'Amazon S3, region us-east-1, access key AKIA2' "$(qami s3-server)"
has other "$QAMI_STORE/s3/123456789012.conf"
AWS_ACCESS_KEY_ID=ASIA3 AWS_SECRET_ACCESS_KEY=s AWS_SESSION_TOKEN=t \
	AWS_REGION=eu-1 qami s3-server --url https://s3.example:8443/
same 'https://s3.example:8443/, region eu-1, access key ASIA3 with a session token' \
	"$(qami s3-server)"
mkdir "$HOME/.aws"
cat >"$HOME/.aws/credentials" <<END
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = s
# nothing
[ other ]
 nested = x
aws_access_key_id=AKIAOTHER
aws_secret_access_key=s
END
cat >"$HOME/.aws/config" <<END
[profile other]
region = us-west-2
s3 =
  region = not-this
END
qami s3-server --url http://10.0.0.1 --hosted
same 'http://10.0.0.1, region us-east-1, access key AKIADEFAULT, buckets as hosts' \
	"$(qami s3-server)"
AWS_PROFILE=other qami s3-server --url 'http://[::1]:80'
same 'http://[::1]:80, region us-west-2, access key AKIAOTHER' \
	"$(qami s3-server)"
AWS_PROFILE=none fails AuthFailure qami s3-server --url aws

qami s3-server --remove
qami s3-server --remove
same 'account 123456789012 has no S3 server' "$(qami s3-server)"
