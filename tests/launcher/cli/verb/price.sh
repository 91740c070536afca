#!/bin/sh
# price list, price set - what costs are counted at
. tests/lib.sh

same 18 "$(qami price list | wc -l)"
same "snapshot.archive 0.0125 GiB-month AWS, us-east-1" \
	"$(qami price list | grep '^snapshot.archive' | cut -f 1-4 | tr '\t' ' ')"
qami price set snapshot.archive 0.004
same "snapshot.archive 0.004 GiB-month set here" \
	"$(qami price list | grep '^snapshot.archive' | cut -f 1-4 | tr '\t' ' ')"
qami price set snapshot.archive default
same 0.0125 "$(qami price list -o json | python3 -c '
import json, sys
print(*[p["Dollars"] for p in json.load(sys.stdin)["Prices"]
        if p["Price"] == "snapshot.archive"])')"
for amount in 1e3 0.0000001 12345678901 much '$1' 1,5; do
	fails InvalidParameterValue qami price set gp3.storage "$amount"
done
fails InvalidParameterValue qami price set gp4.storage 1
# everybody counts with the same prices
qami price set gp2.storage 7
as 222222222222 price list | grep -q '^gp2.storage	7.00	'
