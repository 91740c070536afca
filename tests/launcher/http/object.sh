#!/bin/sh
# bundles go to the store's buckets and come back by S3: the ec2-* tools as
# guests have them, botocore, and the AWS CLI
. tests/lib.sh
served
eval "$(qami env)"
cd "$TMPDIR"

# what a guest's tools do with --url and keys, registered by another door
mkdir bundle back
truncate -s 30M disk.raw
printf '\125\252' | dd of=disk.raw bs=1 seek=510 conv=notrunc status=none
head -c 25000000 /dev/urandom |
	dd of=disk.raw bs=1M seek=1 conv=notrunc status=none
PATH=$QAMI_BUILD:$PATH
ec2-bundle-image -i disk.raw -d bundle -p web >/dev/null
keys="--url $AWS_ENDPOINT_URL -a $AWS_ACCESS_KEY_ID -s $AWS_SECRET_ACCESS_KEY
	--region $AWS_REGION"
# tool NAME OPTION… - one that has no store to go to
tool()
{
	ec2-bundle "$@" $keys
}
same images/a/web.manifest.xml "$(tool ec2-upload-bundle -b images/a \
	-m bundle/web.manifest.xml -d bundle --batch --retry)"
tool ec2-download-bundle -b images/a -m web.manifest.xml -d back >/dev/null
diff -r bundle back
# what is there is not sent again: the answer's ETag is its MD5
before=$(grep -c '"PutObject"' served.log)
tool ec2-upload-bundle -b images/a -m bundle/web.manifest.xml >/dev/null
same "$before" "$(grep -c '"PutObject"' served.log)"
# register OPTION… - in qami's own variables, or the older tools'
register()
{
	ec2-bundle ec2-register images/a/web.manifest.xml "$@"
}
line=$(EC2_URL=$AWS_ENDPOINT_URL register -n web -d 'for people' \
	--virtualization-type hvm -b /dev/sdb=ephemeral0 -b /dev/sdc=none)
ami=${line#IMAGE	}
same "images/a/web.manifest.xml web for people" "$(qami describe-images \
	--image-ids "$ami" --output text --query \
	'Images[0].[ImageLocation, Name, Description]' |
	tr '\t' ' ' | sed 's|^[0-9]*/||')"
same /dev/sdb "$(qami describe-images --image-ids "$ami" --output text --query \
	'Images[0].BlockDeviceMappings[?VirtualName==`ephemeral0`].DeviceName')"
fails InvalidAMIName.Duplicate register -n web
fails InvalidBlockDeviceMapping register -n x -b sdb
fails SignatureDoesNotMatch register -n x -O "$AWS_ACCESS_KEY_ID" -W wrong
fails InvalidManifest ec2-bundle ec2-register images/b/web.manifest.xml
fails MissingParameter ec2-bundle ec2-register -n x
fails MissingParameter env -u AWS_ENDPOINT_URL ec2-bundle ec2-register x/y
register -U "$AWS_ENDPOINT_URL" -O "$AWS_ACCESS_KEY_ID" \
	-W "$AWS_SECRET_ACCESS_KEY" --region "$AWS_REGION" >out
same images/a/web "$(qami describe-images --image-ids "$(cut -f 2 out)" \
	--output text --query 'Images[0].Name')"
same instance-store "$(qami describe-images --image-ids "$ami" \
	--output text --query 'Images[0].RootDeviceType')"
tool ec2-delete-bundle -b images/a -p web --batch --yes >/dev/null
same '' "$(find "$QAMI_STORE/buckets/images" -type f)"
fails NoSuchKey tool ec2-download-bundle -b images/a -p web -d back
fails AuthFailure ec2-bundle ec2-download-bundle -b images/a -p web \
	-d back --url "$AWS_ENDPOINT_URL" -a AKIAAAAAAAAAAAAAAAAA -s x \
	--region us-east-1
has InvalidAccessKeyId err
fails AuthFailure ec2-bundle ec2-download-bundle -b images/a \
	-p web -d back --url "$AWS_ENDPOINT_URL" -a "$AWS_ACCESS_KEY_ID" \
	-s wrong --region us-east-1
has SignatureDoesNotMatch err

cat >client.py <<'EOF'
import hashlib
import os
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

s3 = botocore.session.get_session().create_client(
    's3', endpoint_url=os.environ['AWS_ENDPOINT_URL'],
    config=Config(retries={'max_attempts': 0}, s3={
        'addressing_style': 'path'}))


def fails(code, status, call, **kw):
    try:
        call(**kw)
    except ClientError as error:
        said = error.response
        got = (said['Error']['Code'],
               said['ResponseMetadata']['HTTPStatusCode'])
        assert got == (code, status), said
    else:
        raise AssertionError('it succeeded: ' + code)


def raw(**headers):
    """Headers that are signed with the next request, and its body"""
    def add(request, **_):
        for name, value in headers.items():
            del request.headers[name.replace('_', '-')]
            request.headers[name.replace('_', '-')] = value
    return add


bucket = 'bucket-%d' % os.getpid()
s3.create_bucket(Bucket=bucket)
s3.head_bucket(Bucket=bucket)
assert s3.get_bucket_location(Bucket=bucket)['LocationConstraint'] is None
assert bucket in [b['Name'] for b in s3.list_buckets()['Buckets']]
large = os.urandom(3 << 20)  # which the server keeps in a file
tag = '"%s"' % hashlib.md5(large).hexdigest()
for key in 'plain', 'a b/\u00fc&<+>%25', 'a b/c':
    assert s3.put_object(Bucket=bucket, Key=key, Body=large,
                         ACL='aws-exec-read')['ETag'] == tag
    got = s3.get_object(Bucket=bucket, Key=key)
    assert got['Body'].read() == large and got['ETag'] == tag
    assert got['ContentLength'] == len(large)
    assert s3.head_object(Bucket=bucket, Key=key)['ETag'] == tag
    some = s3.get_object(Bucket=bucket, Key=key, Range='bytes=1000-1999')
    assert some['Body'].read() == large[1000:2000]
    assert some['ContentRange'] == 'bytes 1000-1999/3145728'
s3.put_object(Bucket=bucket, Key='empty')
assert s3.get_object(Bucket=bucket, Key='empty')['Body'].read() == b''
for call in 'list_objects', 'list_objects_v2':
    pages = list(s3.get_paginator(call).paginate(
        Bucket=bucket, PaginationConfig={'PageSize': 1}))
    assert len(pages) == 4, pages
    assert [page['Contents'][0]['Key'] for page in pages] == [
        'a b/c', 'a b/\u00fc&<+>%25', 'empty', 'plain']
    top = getattr(s3, call)(Bucket=bucket, Delimiter='/')
    assert [p['Prefix'] for p in top['CommonPrefixes']] == ['a b/']
    assert top['Contents'][1]['ETag'] == tag
    assert top['Contents'][1]['Size'] == len(large)

fails('NoSuchKey', 404, s3.get_object, Bucket=bucket, Key='none')
fails('404', 404, s3.head_object, Bucket=bucket, Key='none')
fails('NoSuchBucket', 404, s3.list_objects_v2, Bucket=bucket + 'x')
fails('BucketNotEmpty', 409, s3.delete_bucket, Bucket=bucket)
fails('InvalidRange', 416, s3.get_object, Bucket=bucket, Key='empty',
      Range='bytes=5-')
fails('PreconditionFailed', 412, s3.get_object, Bucket=bucket, Key='plain',
      IfMatch='"x"')
fails('304', 304, s3.get_object, Bucket=bucket, Key='plain', IfNoneMatch=tag)
fails('InvalidArgument', 400, s3.put_object, Bucket=bucket, Key='a//b')
fails('InvalidArgument', 400, s3.put_object, Bucket=bucket, Key='plain/b')
fails('InvalidArgument', 400, s3.put_object, Bucket=bucket, Key='k' * 1025)
fails('NotImplemented', 400, s3.put_object, Bucket=bucket, Key='a',
      Metadata={'a': 'b'})
fails('NotImplemented', 400, s3.copy_object, Bucket=bucket, Key='a',
      CopySource=bucket + '/plain')
fails('NotImplemented', 400, s3.put_object, Bucket=bucket, Key='a',
      ServerSideEncryption='AES256')
fails('NotImplemented', 400, s3.create_multipart_upload, Bucket=bucket,
      Key='a')
fails('IllegalLocationConstraintException', 400, s3.create_bucket,
      Bucket=bucket + 'x',
      CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})
fails('BadDigest', 400, s3.put_object, Bucket=bucket, Key='bad', Body=b'x',
      ContentMD5='XUFAKrxLKna5cZ2REBfFkg==')
# a body that is not the one which was signed
s3.meta.events.register_first(
    'before-send.s3.PutObject',
    lambda request, **_: setattr(request, 'body', b'yyy'))
try:
    s3.put_object(Bucket=bucket, Key='bad', Body=b'xxx')
    raise AssertionError('another body was taken')
except ClientError as error:
    assert error.response['ResponseMetadata']['HTTPStatusCode'] in (400, 403)
fails('NoSuchKey', 404, s3.get_object, Bucket=bucket, Key='bad')
for key in 'plain', 'a b/\u00fc&<+>%25', 'a b/c', 'empty', 'none':
    s3.delete_object(Bucket=bucket, Key=key)
s3.delete_bucket(Bucket=bucket)
EOF
versions=0
for python in /usr/bin/python3 python3; do
	"$python" -c 'import botocore' 2>/dev/null || continue
	"$python" -B client.py
	versions=$((versions + 1))
done
[ $versions -gt 0 ] || skip "needs the package python3-botocore"

# the AWS CLI; and by a link that somebody was given
s3()
{
	aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"
}
s3 s3 mb s3://shown >/dev/null
fails NotImplemented s3 s3 cp --no-progress bundle/web.part.0 s3://shown/a/b
aws configure set default.s3.multipart_threshold 5GB
s3 s3 cp --no-progress bundle/web.part.0 s3://shown/a/b >/dev/null
aws configure set default.s3.multipart_threshold 8MB # it comes in pieces
same "$(stat -c %s bundle/web.part.0) a/b" \
	"$(s3 s3 ls --recursive s3://shown | awk '{print $3, $4}')"
s3 s3 cp --no-progress s3://shown/a/b got >/dev/null
cmp bundle/web.part.0 got
s3 s3api get-object-acl --bucket shown --key a/b >acl
same FULL_CONTROL "$(get Grants.0.Permission <acl)"
/usr/bin/python3 -B - <<'EOF' >link
import os
import botocore.session
from botocore.config import Config
print(botocore.session.get_session().create_client(
    's3', endpoint_url=os.environ['AWS_ENDPOINT_URL'],
    config=Config(signature_version='s3v4')).generate_presigned_url(
        'get_object', Params={'Bucket': 'shown', 'Key': 'a/b'}))
EOF
curl -sf "$(cat link)" | cmp - bundle/web.part.0
same 403 "$(curl -s -o answer -w '%{http_code}' "$(sed 's|a/b|a/c|' link)")"
has SignatureDoesNotMatch answer
same 403 "$(curl -s -o answer -w '%{http_code}' "$AWS_ENDPOINT_URL/shown/a/b")"
has '<Code>AccessDenied</Code>' answer
# more than S3 takes is refused before it comes
same 413 "$(curl -s -o answer -w '%{http_code}' -X PUT \
	-H 'Content-Length: 5368709121' -H "Authorization: AWS4-HMAC-SHA256 \
Credential=x/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, \
Signature=0" -m 20 "$AWS_ENDPOINT_URL/shown/large" --data-binary x)"

# to a stranger it is not there
eval "$(as 222222222222 env)"
for call in 'list-objects-v2' 'get-object --key a/b got' 'get-bucket-location' \
	'delete-object --key a/b' 'delete-bucket'; do
	fails NoSuchBucket s3 s3api ${call%% *} --bucket shown \
		$(echo "$call" | cut -s -d ' ' -f 2-)
done
same '' "$(s3 s3 ls)"
eval "$(qami env)"
s3 s3 rm --recursive s3://shown >/dev/null
s3 s3 rb s3://shown >/dev/null
same '' "$(grep -v '^{' served.log || :)"
same '' "$(grep '"status":5' served.log || :)"
