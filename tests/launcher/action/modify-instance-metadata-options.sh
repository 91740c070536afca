#!/bin/sh
# modify-instance-metadata-options - what the metadata service does, as it is
# launched with and as it is changed; rows, not guests
. tests/lib.sh

guests_here
ami=$(image alpha)
i=$(launch "$ami" --instance-type t2.nano)

change()
{
	qami modify-instance-metadata-options --instance-id "$i" "$@"
}

# shows NAME VALUE - of the options that DescribeInstances tells
shows()
{
	same "$1 $2" "$1 $(qami describe-instances --instance-ids "$i" |
		get "Reservations.0.Instances.0.MetadataOptions.$1")"
}

# EC2's defaults
shows State applied
shows HttpTokens optional
shows HttpPutResponseHopLimit 1
shows HttpEndpoint enabled
shows HttpProtocolIpv6 disabled
shows InstanceMetadataTags disabled

# one option changes, the others stay; the answer is the truth
change --http-tokens required >"$TMPDIR/answer"
same "$i" "$(get InstanceId <"$TMPDIR/answer")"
same required "$(get InstanceMetadataOptions.HttpTokens <"$TMPDIR/answer")"
same applied "$(get InstanceMetadataOptions.State <"$TMPDIR/answer")"
shows HttpTokens required
shows HttpPutResponseHopLimit 1
change --http-put-response-hop-limit 64 >/dev/null
shows HttpPutResponseHopLimit 64
shows HttpTokens required
change --instance-metadata-tags enabled --http-tokens optional >/dev/null
shows InstanceMetadataTags enabled
shows HttpTokens optional
shows HttpPutResponseHopLimit 64
change --http-protocol-ipv6 disabled >/dev/null
change --http-endpoint disabled >/dev/null
shows HttpEndpoint disabled
finds 1 describe-instances metadata-options.http-endpoint=disabled
change --http-endpoint enabled >/dev/null
shows HttpEndpoint enabled

# what cannot be
fails InvalidParameterCombination change
fails InvalidParameterValue change --http-put-response-hop-limit 0
fails InvalidParameterValue change --http-put-response-hop-limit 65
fails InvalidParameterValue change --http-tokens maybe
fails InvalidParameterValue change --http-endpoint on
fails UnsupportedOperation change --http-protocol-ipv6 enabled
fails MissingParameter qami modify-instance-metadata-options \
	--cli-input-json '{}'
fails InvalidInstanceID.NotFound qami modify-instance-metadata-options \
	--instance-id i-0fedcba9876543210 --http-tokens required
hidden "$i" modify-instance-metadata-options --instance-id "$i" \
	--http-tokens required
dry change --http-tokens required
shows HttpTokens optional
shows HttpPutResponseHopLimit 64

# at a launch: what is said, EC2's rules for what is not
i=$(launch "$ami" --metadata-options \
	HttpTokens=required,HttpPutResponseHopLimit=5,InstanceMetadataTags=enabled)
shows HttpTokens required
shows HttpPutResponseHopLimit 5
shows InstanceMetadataTags enabled
refused()
{
	fails "$1" qami run-instances --image-id "$ami" \
		--metadata-options "$2"
}
refused InvalidParameterValue HttpPutResponseHopLimit=65
refused InvalidParameterValue HttpPutResponseHopLimit=-1
refused InvalidParameterValue HttpTokens=never
refused InvalidParameterValue InstanceMetadataTags=all
refused UnsupportedOperation HttpProtocolIpv6=enabled

# an image that speaks IMDSv2 only, and what is made of its instances
snap=$(qami describe-images --image-ids "$ami" |
	get Images.0.BlockDeviceMappings.0.Ebs.SnapshotId)
v2=$(qami register-image --name imdsv2 --imds-support v2.0 --output text \
	--block-device-mappings "DeviceName=/dev/sda1,Ebs={SnapshotId=$snap}")
i=$(launch "$v2")
shows HttpTokens required
shows HttpPutResponseHopLimit 2
copy=$(qami create-image --instance-id "$i" --name copy --no-reboot \
	--output text)
same v2.0 "$(qami describe-images --image-ids "$copy" |
	get Images.0.ImdsSupport)"
i=$(launch "$copy" --metadata-options HttpTokens=optional)
shows HttpTokens optional
shows HttpPutResponseHopLimit 2

# filters
finds 2 describe-instances metadata-options.http-tokens=required
finds 2 describe-instances metadata-options.http-put-response-hop-limit=2
finds 1 describe-instances metadata-options.http-put-response-hop-limit=5
finds 4 describe-instances metadata-options.http-endpoint=enabled \
	metadata-options.http-protocol-ipv4=enabled \
	metadata-options.http-protocol-ipv6=disabled \
	metadata-options.state=applied
finds 2 describe-instances metadata-options.instance-metadata-tags=enabled

# a seed disk leaves no service that could answer
other=$i
i=$(QAMI_METADATA=seed launch "$ami" --metadata-options HttpEndpoint=enabled)
shows HttpEndpoint disabled
fails UnsupportedOperation change --http-endpoint enabled
change --http-endpoint disabled >/dev/null
finds 1 describe-instances metadata-options.http-endpoint=disabled
i=$other

# while it is stopped, but not when it is gone
qami stop-instances --instance-ids "$i" --force >/dev/null
change --http-tokens required >/dev/null
shows HttpTokens required
qami rm "$i"
fails IncorrectInstanceState change --http-tokens optional
