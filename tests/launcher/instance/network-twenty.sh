#!/bin/sh
# takes long
# network-twenty - twenty instances at once, each with an address, a port and
# metadata of its own
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
ami=$(image alpha)

# ask ID PATH [OPTION…] - an instance's own service
ask()
{
	net=$QAMI_STORE/instances/$1/net
	url=http://169.254.169.254/latest/$2
	shift 2
	# from there, for its whole path may be too long for a socket's address
	(cd "$net" && curl -s -m 10 --unix-socket metadata.sock "$@" "$url")
}

qami run-instances --image-id "$ami" --count 20 --instance-type t2.nano \
	--metadata-options HttpTokens=required >"$TMPDIR/run"
qami describe-instances --output text --query \
	'Reservations[].Instances[].[InstanceId, PrivateIpAddress]' \
	>"$TMPDIR/all"
same 20 "$(cut -f 1 "$TMPDIR/all" | sort -u | wc -l)"
same 20 "$(cut -f 2 "$TMPDIR/all" | sort -u | grep -c '^172\.31\.')"
same 20 "$(sql 'SELECT count(DISTINCT host_port) FROM forward')"
for port in $(sql 'SELECT host_port FROM forward'); do
	ss -Hltn "sport = :$port" | grep -q "127.0.0.1:$port "
done

# each answers only for itself, and to nobody with another's token
token=''
while read -r id address; do
	[ -z "$token" ] || same 401 "$(ask "$id" meta-data/instance-id -o \
		/dev/null -w '%{http_code}' -H "X-aws-ec2-metadata-token: $token")"
	token=$(ask "$id" api/token -X PUT \
		-H 'X-aws-ec2-metadata-token-ttl-seconds: 60')
	header="X-aws-ec2-metadata-token: $token"
	same "$id" "$(ask "$id" meta-data/instance-id -H "$header")"
	same "$address" "$(ask "$id" meta-data/local-ipv4 -H "$header")"
done <"$TMPDIR/all"
tests/audit

# half of them go, and nothing of the others with them
head -n 10 "$TMPDIR/all" | cut -f 1 | xargs qami rm
tests/audit
same 10 "$(sql 'SELECT count(*) FROM forward')"
