#!/bin/sh
# ps - instances, for people
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh

guests_here
same '' "$(qami ps)"
ami=$(image alpha)
a=$(qami run alpha --name 'web one')
b=$(qami run alpha -t t2.nano)
qami ps | grep -qE "^$a	web one	running	$ami	t2.micro	tcg	127.0.0.1:[0-9]+	[0-9]+s$"
same "$a $b" "$(qami ps -q | tr '\n' ' ' | sed 's/ $//')"
same 'web one' "$(qami ps --output json | get Instances.0.Name)"
qami ps --output table | grep -q 't2.nano'
# any text is a name, and still one cell of one line
qami create-tags --resources "$b" --tags \
	'[{"Key": "Name", "Value": "a\tb\nc \u001b[31m\"ü\""}]'
qami ps | grep -qF "$b	a\x09b\x0ac \x1b[31m\"ü\"	running	"
same 2 "$(qami ps | wc -l)"
same '' "$(as 222222222222 ps -qa)"
# where ssh leads
sql "UPDATE instance SET network = 'plain' WHERE id = '$a'"
sql "UPDATE forward SET host_port = 2222 WHERE instance = '$b'"
same '- 127.0.0.1:2222' "$(qami ps --output text --query 'Instances[].Ssh' |
	tr '\t' ' ')"
qami rm "$a"
same "$b" "$(qami ps -q)"
same 2 "$(qami ps -aq | wc -l)"
qami ps --all | grep -q '	terminated	'
