#!/bin/sh
# A copy is used while it is on its way through a wire, encrypted on it and
# under other keys here, or out of a bucket: what is here already is not
# carried, also what a job had carried before; whoever is killed at either end,
# or cut off, the rest comes.
. tests/lib.sh
. tests/snapshot.sh
. tests/region.sh
. tests/lazy.sh
export QAMI_FILL_RATE=0.25
far qami images

# ssh is a shell on this host; what comes through it is counted, and goes slowly
# where it is said so
mkdir "$TMPDIR/bin"
cat >"$TMPDIR/bin/ssh" <<'END'
#!/usr/bin/python3
import os, subprocess, sys, time
where = os.environ["TMPDIR"]
more = where + "/only"
command = sys.argv[-1] + (open(more).read() if os.path.exists(more) else "")
with open(where + "/came", "ab", buffering=0) as came, \
        subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE,
                         bufsize=0) as child:
    open(where + "/serving", "w").write(str(child.pid))
    while data := child.stdout.read(65536):
        came.write(b"." * len(data))
        os.write(1, data)
        if os.path.exists(where + "/slow"):
            time.sleep(0.1)
END
chmod 755 "$TMPDIR/bin/ssh"
PATH=$TMPDIR/bin:$PATH
qami region add far-1 --store "ssh://there$TMPDIR/far"
came()
{
	stat -c %s "$TMPDIR/came"
}
# between LEAST MOST COMMAND… - how many bytes come while that is done
between()
{
	local least most

	least=$1 most=$2
	: >"$TMPDIR/came"
	shift 2
	"$@"
	[ "$(came)" -ge "$least" ] && [ "$(came)" -le "$most" ] && return 0
	echo "$(came) bytes came, not $least to $most" >&2
	return 1
}
mib=1048576

# all of it is carried once, whoever is cut off or killed meanwhile, there and
# here
head -c 16M /dev/urandom >"$TMPDIR/raw"
one=$(snapshot_of "$(far qami import "$TMPDIR/raw" --name noise)")
far settled
once()
{
	asked "$one"
	stood_on
	let_go
	reads "$TMPDIR/raw" 31
	reads "$TMPDIR/raw" 17
	until_more "$(filled)" filled
	grep -q '^qami.region.serve-copy' \
		"/proc/$(cat "$TMPDIR/serving")/cmdline"
	kill -9 "$(cat "$TMPDIR/serving")"
	reads "$TMPDIR/raw" 30
	until_more "$(filled)" filled
	kill -9 "$(filler)"
	again "$TMPDIR/raw" 30
	fast "$one"
}
# … but for what was under way then
between $((16 * mib)) $((21 * mib)) once

# a job is at it: it lets go, and what it has carried is not carried again
head -c 16M /dev/urandom >"$TMPDIR/raw"
one=$(snapshot_of "$(far qami import "$TMPDIR/raw" --name other)")
far settled
handed()
{
	: >"$TMPDIR/slow"
	begun "$one"
	qami ps >"$TMPDIR/out"
	until_more $((4 * mib)) came
	stood_on
	rm "$TMPDIR/slow"
	reads "$TMPDIR/raw" 31
	reads "$TMPDIR/raw" 0
	fast "$one"
}
between $((16 * mib)) $((19 * mib)) handed

# encrypted there, and here under another key: of the second of a lineage the
# difference comes, although neither knows the other's digests
dark=$(far sent - --encrypted <<-DARK
	1 one
	2 two
	3 three
	4 four
DARK
)
darker=$(far sent "$dark" <<-DARKER
	2 other
	1000 a thousand
DARKER
)
far settled
far blocks "$darker" >"$TMPDIR/wanted"
copy=$(qami copy-snapshot --source-region far-1 --source-snapshot-id "$dark" \
	--output text --query SnapshotId)
arrived "$copy"
asked "$darker"
stood_on
let_go
same 2 "$(sql "SELECT blocks FROM filling WHERE layer = '$layer'")"
arrived "$copy"
blocks "$copy" | cmp "$TMPDIR/wanted"
# … and all of it under a key that nothing is here under
key=$(qami kms create-key --query KeyMetadata.KeyId --output text)
asked "$darker" --encrypted --kms-key-id "$key"
stood_on
let_go
arrived "$copy"
blocks "$copy" | cmp "$TMPDIR/wanted"
same '' "$(grep -la 'a thousand' "$QAMI_STORE/layers/"* || :)"

# a key that is disabled there is waited for, where rights are asked of who reads
# on: it may be enabled again
head -c 16M /dev/urandom >"$TMPDIR/raw"
one=$(snapshot_of "$(far qami import "$TMPDIR/raw" --name third)")
sealed=$(far qami copy-snapshot --source-region us-east-1 --encrypted \
	--source-snapshot-id "$one" --output text --query SnapshotId)
far arrived "$sealed"
asked "$sealed"
stood_on
let_go
reads "$TMPDIR/raw" 31
until_more "$(filled)" filled
far_keys()
{
	sqlite3 "$TMPDIR/far/qami.db" "UPDATE kms_key SET $1"
}
echo " --account $(sql "SELECT owner FROM snapshot WHERE id = '$copy'")" \
	>"$TMPDIR/only"
far_keys "state = 'Disabled'"
kill -9 "$(filler)"
until_is 1 sql "SELECT step > 1 FROM op WHERE kind = 'fill'
	AND payload LIKE '%$layer%'"
same "pending impaired" "$(state) $(filling)"
far_keys "state = 'Enabled'"
until_is filling filling
rm "$TMPDIR/only"

# and one that is deleted ends it
far_keys "state = 'PendingDeletion',
	deletion = 1"
kill -9 "$(filler)"
until_is error state
sql "SELECT message FROM snapshot WHERE id = '$copy'" | grep -q 'does not exist'
again "$TMPDIR/raw" 31
missing "$TMPDIR/raw" 30
qami delete-volume --volume-id "$volume"
qami delete-snapshot --snapshot-id "$copy"

# out of a bucket
bucket=$TMPDIR/bucket
region=far-2
same "$TMPDIR/far/keys/region-far-2" \
	"$(far qami region add far-2 --bucket "$bucket")"
qami region add far-2 --bucket "$bucket" --key "$TMPDIR/far/keys/region-far-2"
there=$(far qami region push far-2 "$one")
asked "$there"
stood_on
let_go
reads "$TMPDIR/raw" 31
# while it is away one waits for it
mv "$bucket" "$TMPDIR/moved"
kill -9 "$(filler)"
until_is impaired filling
same pending "$(state)"
mv "$TMPDIR/moved" "$bucket"
again "$TMPDIR/raw" 30
fast "$one"
qami fsck --deep | grep ' 0 faults'
