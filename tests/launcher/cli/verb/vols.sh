#!/bin/sh
# vols - for people: one's volumes, and what they are of
. tests/lib.sh
. tests/snapshot.sh

same '' "$(qami vols)"
one=$(volume --size 3 --volume-type gp3 --tag-specifications \
	'ResourceType=volume,Tags=[{Key=Name,Value=data}]')
snap=$(snap "$one")
two=$(volume --snapshot-id "$snap")
same "$one	data	3 GiB	gp3	available	-	-	-" \
	"$(qami vols | head -n 1 | cut -f 1-8)"
same "$two		3 GiB	gp2	available	-	-	$snap" \
	"$(qami vols | tail -n 1 | cut -f 1-8)"
same "$one $two" "$(qami vols -q | tr '\n' ' ' | sed 's/ $//')"
same data "$(qami vols --output json | get Volumes.0.Name)"
same '' "$(as 222222222222 vols)"
qami delete-volume --volume-id "$one"
same "$two" "$(qami vols -q)"
