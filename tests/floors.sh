#!/bin/sh
# floors - includes go down the house's floors, fenced libraries stay in
set -eu

# The floor of a file; rooms on one floor must not see each other.
floors='
function floor(f) {
	if (f ~ /^images\/base\//) return 0
	if (f ~ /^bundle\/tool\//) return 2
	if (f ~ /^images\/(registry|chain|parcel|depot)\// || f ~ /^bundle\// ||
	    f ~ /^launcher\/(domain|net)\//) return 1
	if (f ~ /^images\/[^\/]*$/) return 2
	if (f ~ /^launcher\/instance\//) return 3
	if (f ~ /^launcher\/(action|metadata)\//) return 4
	if (f ~ /^launcher\/http\//) return 5
	if (f ~ /^launcher\/cli\//) return 6
	if (f ~ /^launcher\/main\.c$/) return 7
	return -1
}
function room(f) {
	if (f ~ /^launcher\/action\//) return "launcher/action"
	if (f ~ /^launcher\/cli\//) return "launcher/cli"
	if (f ~ /^launcher\/net\//) return "launcher/net"
	sub(/\/[^\/]*$/, "", f)
	return f
}'

find images bundle launcher -name '*.[ch]' 2>/dev/null |
	xargs grep -n '^#include "' |
	awk -F: "$floors"'
{
	to = $3; sub(/^#include "/, "", to); sub(/".*/, "", to)
	if (to ~ /^(actions|verbs)\.inc$/) next
	a = floor($1); b = floor(to)
	if (b < 0) print $1 ":" $2 ": " to " is not root-relative"
	else if (b > a) print $1 ":" $2 ": upward include of " to
	else if (a == b && room($1) != room(to))
		print $1 ":" $2 ": sideways include of " to
	# a program for guests is made of these alone
	else if ($1 ~ /^bundle\// && to !~ /^(bundle|images\/base)\//)
		print $1 ":" $2 ": a guest has no " to
}' >"$TMPDIR/bad"

# fence PATTERN ROOM… - a header that only these rooms may include
fence()
{
	pattern=$1
	shift
	allow=$(printf '|^%s' "$@")
	find images bundle launcher -name '*.[ch]' 2>/dev/null |
		grep -vE "${allow#|}" | xargs -r grep -nE "$pattern" \
		>>"$TMPDIR/bad" || true
}
fence '#include <sqlite3' images/registry/
fence '#include <libnbd' images/chain/
fence '"qemu-(img|io|nbd)"' images/chain/
fence '#include <libvirt' launcher/domain/
fence '#include <guestfs' launcher/domain/
fence '#include <slirp' launcher/net/
fence '#include <microhttpd' launcher/http/
find images/base bundle -name '*.[ch]' |
	xargs grep -nE '#include <(jansson|microhttpd|libsmartcols)' \
	>>"$TMPDIR/bad" || :
fence '"(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|PRAGMA) ' \
	images/registry/

if [ -s "$TMPDIR/bad" ]; then
	cat "$TMPDIR/bad" >&2
	exit 1
fi
