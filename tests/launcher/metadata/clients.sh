#!/bin/sh
# what cloud-init, Ignition, afterburn, cloudbase-init, the SDKs and others ask
# for, in their order and with their headers; with tokens optional and required
. tests/lib.sh
. tests/launcher/metadata/rows
sql "INSERT INTO vpc (id, owner, subnet, zone, created) VALUES
		('vpc-1', '123456789012', 'subnet-1', 'us-east-1a', 0);
	INSERT INTO security_group VALUES
		(8, 'sg-1', '123456789012', 'default', '', 0);
	INSERT INTO instance_group VALUES ('$one', 'sg-1', 0)"
PYTHONPATH=tests/launcher/metadata PYTHONDONTWRITEBYTECODE=1 \
	python3 tests/launcher/metadata/clients.py
