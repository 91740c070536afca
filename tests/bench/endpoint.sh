# endpoint - requests a second and their 99th percentile, of qami serve and of
# moto's server where Python has it; signatures are checked by ours alone
#
# Rows are written straight into registries: nothing is launched.
endpoint_rows()
{
	QAMI_STORE=$1 qami describe-vpcs >/dev/null
	case $2 in
	DescribeImages) sqlite3 "$1/qami.db" "
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < $3)
		INSERT INTO image (id, owner, name, description, kind,
			architecture, state, location, root_device_type, ena,
			created)
		SELECT printf('ami-%017x', i), '123456789012', 'image-' || i,
			'', 'machine', 'x86_64', 'available', '', 'ebs', 1, i
			FROM n" ;;
	DescribeInstances) sqlite3 "$1/qami.db" "
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
			SELECT i + 1 FROM n WHERE i < $3)
		INSERT INTO instance (id, owner, reservation, launch_index,
			image, type, state, architecture, zone,
			root_device_name, root_device_type, boot_mode,
			shutdown_behavior, uuid, mac, address, uri, accel,
			boot_id, launched, changed, network, interface)
		SELECT printf('i-%017x', i), '123456789012',
			printf('r-%017x', i), 0, 'ami-1', 't3.micro',
			'stopped', 'x86_64', 'us-east-1a', '/dev/sda1', 'ebs',
			'uefi', 'stop', 'u' || i, 'm' || i, '172.31.' ||
			(i / 250) || '.' || (i % 250 + 5), 'qemu:///system',
			'tcg', '', i, i, 'user', printf('eni-%017x', i) FROM n;
		INSERT INTO layer (name, format, size, state, created)
		SELECT 'l' || seq, 'qcow2', 1, 'active', 1 FROM instance;
		INSERT INTO volume (id, owner, layer, snapshot, size, type,
			zone, state, created)
		SELECT printf('vol-%017x', seq), owner, 'l' || seq, '', 8,
			'gp3', zone, 'in-use', 1 FROM instance;
		INSERT INTO attachment (volume, instance, device, position,
			state, delete_on_termination, attached)
		SELECT printf('vol-%017x', seq), id, '/dev/sda1', 0,
			'attached', 1, 1 FROM instance;
		INSERT INTO tag (resource, key, value, type, owner)
		SELECT id, 'Name', 'web' || seq, 'instance', owner
			FROM instance" ;;
	esac
}

# endpoint_theirs ACTION COUNT - the same of moto; nothing where it is not
endpoint_theirs()
{
	python3 -c 'import moto.server' 2>/dev/null || return 0
	python3 -m moto.server -p 18799 >/dev/null 2>&1 &
	moto=$!
	python3 - "$1" "$2" <<'END'
import sys, time, boto3
client = boto3.client("ec2", endpoint_url="http://127.0.0.1:18799",
                      region_name="us-east-1", aws_access_key_id="a",
                      aws_secret_access_key="b")
for _ in range(100):
    try:
        image = client.describe_images()["Images"][0]["ImageId"]
        break
    except Exception:
        time.sleep(0.2)
count = int(sys.argv[2])
if sys.argv[1] == "DescribeInstances":
    client.run_instances(ImageId=image, MinCount=count, MaxCount=count)
else:
    one = client.run_instances(ImageId=image, MinCount=1, MaxCount=1)
    for number in range(count):
        client.create_image(Name=f"image-{number}",
                            InstanceId=one["Instances"][0]["InstanceId"])
END
	tests/bench/requests http://127.0.0.1:18799 a b "$1" ${3:-} || :
	kill $moto
}

endpoint_one()
{
	store=$work/endpoint-$1-$2
	[ -e "$store" ] || endpoint_rows "$store" "$1" "$2"
	QAMI_STORE=$store qami serve --listen 127.0.0.1:0 >"$work/served" \
		2>/dev/null &
	server=$!
	until grep -q qami.sock "$work/served"; do sleep 0.1; done
	ours=$(eval "$(QAMI_STORE=$store qami env)"
		tests/bench/requests "$(sed -n 's|^at http|http|p' \
			"$work/served")" "$AWS_ACCESS_KEY_ID" \
			"$AWS_SECRET_ACCESS_KEY" "$1" ${3:-})
	kill $server
	wait $server
	theirs=$(endpoint_theirs "$1" "$2" ${3:-})
	echo "$ours ${theirs:-- - -}" | awk -v what="$1 of $2${3:+, filtered}" '{
		printf "%-54s %7.1f /s %9s   %7s", what, $1,
			$4 == "-" ? "-" : sprintf("%.1f /s", $4),
			$4 == "-" ? "-" : sprintf("%.1f x", $1 / $4)
		print "  (p99 " $2 " ms, " $5 "; " $3 " bytes; reach 20 x)" }'
}
endpoint_one DescribeInstances 100
endpoint_one DescribeInstances 1000
endpoint_one DescribeImages 10000
endpoint_one DescribeImages 10000 "Filter.1.Name=name Filter.1.Value.1=image-777"
