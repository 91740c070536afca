#!/bin/sh
# ps - instances, for people
# boots guests
. tests/lib.sh

guests_here
same '' "$(qami ps)"
ami=$(image alpha)
a=$(qami run alpha --name 'web one')
b=$(qami run alpha -t t3.nano)
qami ps | grep -qE "^$a	web one	running	$ami	t3.micro	tcg	[0-9]+s$"
same "$a $b" "$(qami ps -q | tr '\n' ' ' | sed 's/ $//')"
same 'web one' "$(qami ps --output json | get Instances.0.Name)"
qami ps --output table | grep -q 't3.nano'
same '' "$(as 222222222222 ps -qa)"
qami rm "$a"
same "$b" "$(qami ps -q)"
same 2 "$(qami ps -aq | wc -l)"
qami ps --all | grep -q '	terminated	'
