#!/bin/sh
# second-site.sh - a second store that is kept up to date by the difference,
# and boots when the first one is gone: second-site.sh [DISK-IMAGE]
#
# Both stores are temporary; QAMI_STORE is left alone. With SSH_HOST=localhost,
# or whatever host sees the same files and lets you in, the second site reads
# the first one over ssh.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/build:$PATH
disk=${1:-$(tests/guest/build disk)}
sites=$(mktemp -d "${TMPDIR:-/tmp}/second-site.XXXXXX")
chmod 711 "$sites"
first() { QAMI_STORE=$sites/first qami "$@"; }
second() { QAMI_STORE=$sites/second qami "$@"; }
trap 'status=$?
	for site in first second; do
		[ ! -e "$sites/$site" ] || for i in $($site ps -q -a); do
			$site rm "$i" >/dev/null 2>&1 || true
		done
	done
	until rm -rf "$sites" 2>/dev/null; do sleep 0.2; done
	exit $status' EXIT
trap 'exit 130' INT TERM

# fetch NAME - the second site copies an image; says what that took there
fetch()
{
	image=$(second copy-image --source-region first --name "$1" \
		--source-image-id "$(first describe-images --filters \
			"Name=name,Values=$1" --output text --query \
			'Images[0].ImageId')" \
		--copy-image-tags --output text --query ImageId)
	second wait image-available --image-ids "$image"
	echo "$1 is at the second site, which has $(du -sm \
		"$sites/second/layers" | cut -f 1) MiB of layers"
}

first import "$disk" --name web-1 >/dev/null
second images
second region add first --store "${SSH_HOST:+ssh://$SSH_HOST}$sites/first"
fetch web-1

# the image's next version: a machine writes something, and becomes an image
first run web-1 --name web --ssh -- sh -c 'echo version 2 >/var/lib/version; sync'
first commit web web-2 >/dev/null
first rm web >/dev/null
fetch web-2

rm -r "$sites/first"
echo "the first site is gone; the second one says:"
second run web-2 --name web --ssh --rm -- cat /var/lib/version
