#!/bin/sh
# takes long
# network - an instance's network and metadata service live as long as its
# machine, and nothing of them longer
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/crash.sh

guests_here
ami=$(image alpha)

# answers ID PATH - what an instance's metadata service says
answers()
{
	# from there, for its whole path may be too long for a socket's address
	(cd "$QAMI_STORE/instances/$1/net" && curl -sf -m 10 --unix-socket \
		metadata.sock "http://169.254.169.254/latest/$2")
}

# shows ID PATH - of an instance in DescribeInstances
shows()
{
	qami describe-instances --instance-ids "$1" |
		get "Reservations.0.Instances.0.$2"
}

# port ID - of 127.0.0.1 that leads to an instance's port 22, as it is kept
port()
{
	sql "SELECT host_port FROM forward WHERE instance = '$1' AND
		guest_port = 22"
}

# open PORT - somebody listens there
open()
{
	ss -Hltn "sport = :$1" | grep -q "127.0.0.1:$1 "
}

# shut PORT - nobody does, or will not in a moment
shut()
{
	for _ in $(seq 300); do
		open "$1" || return 0
		sleep 0.2
	done
	echo "somebody listens on port $1" >&2
	return 1
}

# process PATTERN - the number of the one whose command line ends so
process()
{
	pgrep -f -- "$QAMI_STORE.*$1\$"
}

# with the machine they start …
i=$(launch "$ami" --instance-type t2.nano --user-data secret)
same "$i" "$(answers "$i" meta-data/instance-id)"
same secret "$(answers "$i" user-data)"
same 172.31.0.4 "$(shows "$i" PrivateIpAddress)"
same "$i.ec2.internal" "$(shows "$i" PrivateDnsName)"
same enabled "$(shows "$i" MetadataOptions.HttpEndpoint)"
[ ! -e "$QAMI_STORE/instances/$i/seed.raw" ]
first=$(port "$i")
open "$first"
tests/audit --jobs

# … with its end they end; the address and the port stay the instance's
qami stop-instances --instance-ids "$i" --force >/dev/null
same stopped "$(state "$i")"
shut "$first"
[ ! -e "$QAMI_STORE/instances/$i/net" ]
tests/audit --jobs
qami modify-instance-attribute --instance-id "$i" --user-data \
	"Value=$(printf other | base64)"
qami start-instances --instance-ids "$i" >/dev/null
same "$first" "$(port "$i")"
open "$first"
same 172.31.0.4 "$(shows "$i" PrivateIpAddress)"
same other "$(answers "$i" user-data)"

# a port that somebody has taken meanwhile is not waited for
qami stop-instances --instance-ids "$i" --force >/dev/null
shut "$first"
python3 -c '
import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(60)' "$first" &
thief=$!
until open "$first"; do sleep 0.1; done
qami start-instances --instance-ids "$i" >/dev/null
kill $thief
second=$(port "$i")
[ "$second" != "$first" ]
open "$second"

# options are changed under its feet
qami modify-instance-metadata-options --instance-id "$i" \
	--http-tokens required >/dev/null
code=0
answers "$i" meta-data/instance-id || code=$?
same 22 $code # curl's for a status that says no
qami modify-instance-metadata-options --instance-id "$i" \
	--http-tokens optional >/dev/null
same "$i" "$(answers "$i" meta-data/instance-id)"

# a reboot builds the machine anew, and them with it
old=$(process "/$i/net")
QAMI_STOP_TIMEOUT=1 qami reboot-instances --instance-ids "$i"
end=$(($(date +%s) + 120))
until new=$(process "/$i/net") && [ "$new" != "$old" ] && open "$second"; do
	[ "$(date +%s)" -lt $end ]
	sleep 0.3
done
tests/audit
same "$second" "$(port "$i")"

# a machine that ends by itself
kill -9 "$(sql "SELECT pid FROM instance WHERE id = '$i'")"
shut "$second"
reaches 60 "$i" stopped
tests/audit --jobs

qami start-instances --instance-ids "$i" >/dev/null
qami rm "$i"

# without its program there is no network, no machine, and nothing is left
cleaned
mkdir "$TMPDIR/lacking"
cp "$QAMI_BUILD/qami" "$QAMI_BUILD"/*.so "$TMPDIR/lacking"
fails qami.Host "$TMPDIR/lacking/qami" run alpha
has 'qami-net is not installed' "$TMPDIR/err"
same '' "$(qami ps -q)$(qami vols -q)$(ls "$QAMI_STORE/embed")"
same '' "$(sql 'SELECT * FROM forward')"
tests/audit

# where the path is too long for a socket's address, a link makes it shorter
QAMI_STORE=$TMPDIR/$(printf '%090d' 0)
ami=$(image alpha)
i=$(launch "$ami" --instance-type t2.nano)
link=$(find /tmp/qami-"$(id -u)" -lname "*/$i/net")
[ -S "$link/metadata.sock" ]
same "$i" "$(answers "$i" meta-data/instance-id)"
tests/audit
qami rm "$i"
[ ! -L "$link" ]
tests/audit

# with a seed there is the network, but no service
i=$(QAMI_METADATA=seed launch "$ami" --instance-type t2.nano)
same 172.31.0.4 "$(shows "$i" PrivateIpAddress)"
same disabled "$(shows "$i" MetadataOptions.HttpEndpoint)"
fails UnsupportedOperation qami modify-instance-metadata-options \
	--instance-id "$i" --http-endpoint enabled
tests/audit
qami rm "$i"

# other words
for word in QAMI_METADATA=none QAMI_NETWORK=host; do
	fails InvalidParameterValue env $word qami run alpha
done
fails UnsupportedOperation env QAMI_NETWORK=bridge qami run alpha
same '' "$(qami ps -q)"
