#!/bin/sh
# kms-delete-alias - the name goes, the key stays
. tests/lib.sh

key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
qami kms create-alias --alias-name alias/web --target-key-id "$key"
fails NotFoundException as 222222222222 kms delete-alias --alias-name alias/web
same '' "$(qami kms delete-alias --alias-name alias/web)"
fails NotFoundException qami kms describe-key --key-id alias/web
fails NotFoundException qami kms delete-alias --alias-name alias/web
qami kms describe-key --key-id "$key" >/dev/null
qami kms describe-key --key-id alias/aws/ebs >/dev/null
fails NotAuthorizedException qami kms delete-alias --alias-name alias/aws/ebs
fails ValidationException qami kms delete-alias --alias-name web
