#!/bin/sh
# upgrade - an instance from before instances had networks of their own has one
# when it is started again
# (the machine runs, but nothing boots in it: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)
i=$(launch "$ami" --instance-type t2.nano --user-data secret)
mac=$(sql 'SELECT mac FROM instance')
qami stop-instances --instance-ids "$i" --force >/dev/null

# the same store, as version 2 had it: what that had not is not there
python3 - "$QAMI_STORE/qami.db" "$TMPDIR/old.db" <<'END'
import sqlite3, sys
text = open("images/registry/schema.sql").read()
old = sqlite3.connect(sys.argv[2])
old.executescript(text[:text.index("-- version 3")])
old.execute("PRAGMA user_version = 2")
old.execute("ATTACH ? AS new", sys.argv[1:2])
for table, in old.execute("SELECT name FROM main.sqlite_schema WHERE "
                          "type = 'table' AND name NOT LIKE 'sqlite_%'"
                          ).fetchall():
    names = ", ".join('"' + row[1] + '"' for row in old.execute(
        f"PRAGMA main.table_info({table})"))
    old.execute(f"DELETE FROM main.{table}")
    old.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} "
                f"FROM new.{table}")
old.execute("UPDATE instance SET address = '10.0.2.15'")
old.commit()
END
rm "$QAMI_STORE"/qami.db*
cp "$TMPDIR/old.db" "$QAMI_STORE/qami.db"
chmod 600 "$QAMI_STORE/qami.db"

# it is listed as it was
qami describe-instances --instance-ids "$i" >"$TMPDIR/answer"
same stopped "$(get Reservations.0.Instances.0.State.Name <"$TMPDIR/answer")"
same plain "$(sql 'SELECT network FROM instance')"
same '' "$(qami describe-network-interfaces --output text \
	--query 'NetworkInterfaces[].NetworkInterfaceId')"

# and started as a new one is
qami start-instances --instance-ids "$i" >/dev/null
same user "$(sql 'SELECT network FROM instance')"
qami describe-network-interfaces >"$TMPDIR/answer"
same "$i" "$(get NetworkInterfaces.0.Attachment.InstanceId <"$TMPDIR/answer")"
same 172.31.0.4 "$(get NetworkInterfaces.0.PrivateIpAddress \
	<"$TMPDIR/answer")"
same "$mac" "$(get NetworkInterfaces.0.MacAddress <"$TMPDIR/answer")"
same default "$(get NetworkInterfaces.0.Groups.0.GroupName <"$TMPDIR/answer")"
same '22 ' "$(ports "$i")"
same secret "$(cd "$QAMI_STORE/instances/$i/net" && curl -sf -m 10 \
	--unix-socket metadata.sock http://169.254.169.254/latest/user-data)"
tests/audit --jobs

# once: what it got it keeps
eni=$(get NetworkInterfaces.0.NetworkInterfaceId <"$TMPDIR/answer")
qami stop-instances --instance-ids "$i" --force >/dev/null
qami start-instances --instance-ids "$i" >/dev/null
same "$eni" "$(sql 'SELECT interface FROM instance')"
qami terminate-instances --instance-ids "$i" >/dev/null
tests/audit --jobs
qami fsck | grep -q ' 0 faults'
