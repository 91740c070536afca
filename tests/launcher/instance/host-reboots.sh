#!/bin/sh
# boots guests
# After the host was rebooted no machine is there: its instances are stopped,
# what was being stopped is, and nothing of libvirt's stays behind. A store in
# which all was done under another boot id looks like that.
. tests/lib.sh
. tests/crash.sh
crash_setup

rebooted()
{
	crash_children
	crash_end
	sql "UPDATE instance SET boot_id = 'before';
		UPDATE op SET boot_id = 'before'"
}

# settled WANTED… - the states of all instances become these; nothing else is
# left
settled()
{
	tries=0
	until [ "$(qami ps | awk '{ print $2 " " $3 }' | sort)" = "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { qami ps >&2; exit 1; }
		sleep 0.1
	done
	tests/audit
	cleaned
	same '' "$(ls "$QAMI_STORE/embed")"
}

image alpha >/dev/null
for name in one two three; do
	qami run alpha --name $name -t t2.nano >/dev/null
done
same 3 "$(ls "$QAMI_STORE/embed" | wc -l)"
QAMI_STOP_TIMEOUT=600 qami stop --no-wait three
rebooted
settled 'one stopped
three stopped
two stopped'

# it starts as ever; and what is terminated before anybody looked is gone
qami start one two
rebooted
qami rm two
settled 'one stopped
three stopped'
same 'Server.InternalError' "$(qami describe-instances --output text \
	--query 'Reservations[].Instances[].StateReason.Code' \
	--filters Name=tag:Name,Values=one)"
qami rm one three
settled ''
