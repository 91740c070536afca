#!/bin/sh
# what two guests find at every path, and what neither finds of the other
. tests/lib.sh
. tests/launcher/metadata/rows
sql "INSERT INTO vpc (id, owner, subnet, zone, created) VALUES
		('vpc-1', '123456789012', 'subnet-1', 'us-east-1a', 0);
	INSERT INTO security_group VALUES
		(8, 'sg-1', '123456789012', 'default', '', 0),
		(9, 'sg-2', '123456789012', 'web', '', 0);
	INSERT INTO instance_group VALUES ('$one', 'sg-1', 0), ('$one', 'sg-2', 1);
	INSERT INTO attachment VALUES
		('vol-1', '$one', '/dev/sda1', 0, 'attached', 1, 0),
		('vol-2', '$one', '/dev/sdg', 1, 'attached', 1, 0),
		('vol-3', '$one', 'xvdf', 2, 'attached', 1, 0);
	INSERT INTO scratch (instance, device, virtual_name, file, size) VALUES
		('$one', '/dev/sdb', 'ephemeral0', 'f', 1)"
python3 tests/launcher/metadata/walk.py
