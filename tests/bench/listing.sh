# listing - a whole describe-instances process against virsh list
#
# Ten instances that have been stopped, and ten domains of libvirt's test
# driver: both only list, neither asks a machine.
QAMI_STORE=$work/listing qami images
sqlite3 "$work/listing/qami.db" "
	WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
		SELECT i + 1 FROM n WHERE i < 10)
	INSERT INTO instance (id, owner, reservation, launch_index, image, type,
		state, architecture, zone, root_device_name, root_device_type,
		boot_mode, shutdown_behavior, uuid, mac, address, uri, accel,
		boot_id, launched, changed)
	SELECT printf('i-%017x', i), '123456789012', 'r-' || i, 0, 'ami-1',
		't3.micro', 'stopped', 'x86_64', 'a', '/dev/sda1', 'ebs',
		'legacy-bios', 'stop', 'u' || i, 'm' || i, '10.0.2.15', 'embed',
		'tcg', '', 0, 0 FROM n"
tests/bench/compare 15 0.5 \
	"QAMI_STORE=$work/listing qami describe-instances" \
	"virsh -q -c test:///default list --all" : \
	'describe-instances (10, no server): virsh list'

# the same where a server has the store open
QAMI_STORE=$work/listing qami serve --listen 127.0.0.1:0 >"$work/served" 2>&1 &
server=$!
until grep -q qami.sock "$work/served"; do sleep 0.1; done
tests/bench/compare 15 0.5 \
	"QAMI_STORE=$work/listing qami describe-instances" \
	"virsh -q -c test:///default list --all" : \
	'describe-instances (10, qami serve): virsh list'
kill "$server"
wait "$server"
