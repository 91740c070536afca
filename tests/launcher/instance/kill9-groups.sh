#!/bin/sh
# Who changes what groups allow may die at any step, and a machine's network may
# not answer just then: after the next command the machine allows what the rows
# say, and what was revoked is closed.
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/crash.sh
crash_setup
points=${KILL_POINTS:-3}
ami=$(image alpha)
web=$(qami create-security-group --group-name web --description x \
	--output text --query GroupId)
other=$(qami create-security-group --group-name other --description x \
	--output text --query GroupId)
i=$(launch "$ami" --instance-type t2.nano --security-group-ids "$web")

# allowed - the ports that the rows open to this host, as ports() says them
allowed()
{
	sql "SELECT DISTINCT to_port FROM security_group_rule WHERE NOT egress
		AND grp IN (SELECT grp FROM instance_group WHERE
		instance = '$i') ORDER BY to_port" | tr '\n' ' '
}

# agree WHAT - rows and process, when the next command has looked
agree()
{
	sound "$1" --jobs
	told || wrong "$1: not told"
	[ "$(allowed)" = "$(ports "$i")" ] ||
		wrong "$1: $(allowed)allowed, open: $(ports "$i")"
}

# sweep BEFORE AFTER COMMAND… - which opens other ports than were open
sweep()
{
	before=$1
	after=$2
	shift 2
	same "$before" "$(ports "$i")"
	points "$points" "$@" >"$TMPDIR/points" || wrong "$* fails"
	# when it has committed, and is about to tell the process
	printf '%s 1\n' connect sendto >>"$TMPDIR/points"
	same "$after" "$(ports "$i")"
	while read -r call number; do
		$undo >/dev/null
		same "$before" "$(ports "$i")"
		killed "$call" "$number" "$@"
		agree "$1 $call $number"
		case $(ports "$i") in
		"$before") "$@" >/dev/null ;;
		"$after") ;;
		*) wrong "$1 $call $number: open: $(ports "$i")" ;;
		esac
		same "$after" "$(ports "$i")"
	done <"$TMPDIR/points"
}

rule='--protocol tcp --port 8080 --cidr 127.0.0.1/32'
open="qami authorize-security-group-ingress --group-id $web $rule"
shut="qami revoke-security-group-ingress --group-id $web $rule"
undo=$shut
sweep '' '8080 ' $open
undo=$open
sweep '8080 ' '' $shut

# another group instead
qami authorize-security-group-ingress --group-id "$other" --protocol tcp \
	--port 22 --cidr 127.0.0.1/32 >/dev/null
$open >/dev/null
regroup="qami modify-instance-attribute --instance-id $i --groups"
undo="$regroup $web"
sweep '8080 ' '22 ' $regroup "$other"

# one that is told nothing, because its process is stopped, is told later
$regroup "$web"
for proc in /proc/[0-9]*; do
	[ "$(cat "$proc/comm" 2>/dev/null)" = qami-net ] || continue
	place=$({ tr '\0' '\n' <"$proc/cmdline"; } 2>/dev/null | sed -n 2p)
	[ "$(readlink -f "$place")" != "$QAMI_STORE/instances/$i/net" ] ||
		net=${proc#/proc/}
done
kill -STOP "$net"
$shut >/dev/null 2>"$TMPDIR/err"
kill -CONT "$net"
has "$i: was not told that $web changed" "$TMPDIR/err"
agree "a process that was stopped"
same '' "$(ports "$i")"
crash_report
