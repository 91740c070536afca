# bundle.sh - bundles made by tar, gzip and openssl; read after tests/lib.sh
#
# Nothing of ours makes them, so that what is tested is the format and not our
# own idea of it.

# store_keys - the pair of keys that the test's store opens bundles with
store_keys()
{
	[ ! -e "$QAMI_STORE/keys/ec2.pem" ] || return 0
	qami images >/dev/null
	mkdir -p "$QAMI_STORE/keys"
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=ec2 -days 30 \
		-keyout "$QAMI_STORE/keys/ec2.pem" \
		-out "$QAMI_STORE/keys/ec2.crt" 2>/dev/null
	chmod 600 "$QAMI_STORE/keys/ec2.pem"
}

# wrapped TEXT - encrypted for the store, in hexadecimal
wrapped()
{
	printf %s "$1" | openssl pkeyutl -encrypt -certin \
		-inkey "$QAMI_STORE/keys/ec2.crt" | od -An -v -tx1 | tr -d ' \n'
}

# bundle FILE DIR NAME [TYPE [CONFIGURATION [ARCHITECTURE]]] - bundles a disk
# into a directory; what is between architecture and the end of the machine's
# configuration can be said
bundle()
{
	local work key iv part parts count

	store_keys
	mkdir -p "$2"
	work=$(mktemp -d -p "$TMPDIR")
	cp --sparse=always "$1" "$work/$3"
	key=$(openssl rand -hex 16)
	iv=$(openssl rand -hex 16)
	tar -c -S --owner 0 --group 0 -C "$work" "$3" >"$work/tar"
	gzip -n <"$work/tar" | openssl enc -aes-128-cbc -K "$key" -iv "$iv" \
		>"$work/enc"
	split -b 1M -d -a 2 "$work/enc" "$2/$3.part."
	count=0
	parts=
	for part in "$2/$3".part.*; do
		parts="$parts<part index='$count'><filename>${part##*/}</filename><digest algorithm='SHA1'>$(sha1sum <"$part" | cut -c 1-40)</digest></part>"
		count=$((count + 1))
	done
	printf %s "<?xml version='1.0'?><manifest><version>2007-10-10</version><bundler><name>openssl</name><version>1</version><release>0</release></bundler><machine_configuration><architecture>${6:-x86_64}</architecture>${5:-}</machine_configuration><image><name>$3</name><user>123456789012</user><type>${4:-machine}</type><digest algorithm='SHA1'>$(sha1sum <"$work/tar" | cut -c 1-40)</digest><size>$(stat -c %s "$1")</size><bundled_size>$(stat -c %s "$work/enc")</bundled_size><ec2_encrypted_key algorithm='AES-128-CBC'>$(wrapped "$key")</ec2_encrypted_key><user_encrypted_key algorithm='AES-128-CBC'>$(wrapped "$key")</user_encrypted_key><ec2_encrypted_iv>$(wrapped "$iv")</ec2_encrypted_iv><user_encrypted_iv>$(wrapped "$iv")</user_encrypted_iv><parts count='$count'>$parts</parts></image><signature>UNSIGNED</signature></manifest>" \
		>"$2/$3.manifest.xml"
	rm -r "$work"
}

# stored FILE BUCKET/PREFIX NAME [TYPE …] - bundles a disk into a bucket
stored()
{
	local file bucket

	file=$1
	bucket=$2
	shift 2
	qami images >/dev/null
	sqlite3 -cmd '.timeout 10000' "$QAMI_STORE/qami.db" \
		"INSERT OR IGNORE INTO bucket
		VALUES('${bucket%%/*}','123456789012',0)"
	bundle "$file" "$QAMI_STORE/buckets/$bucket" "$@"
}

# registered LOCATION NAME [OPTION…] - prints the image's id
registered()
{
	local location

	location=$1
	shift
	qami register-image --image-location "$location" --name "$@" \
		--query ImageId --output text
}

# store_image NAME - bundles and registers a disk that no machine can boot from;
# prints the image's id
store_image()
{
	disk "$TMPDIR/$1.raw"
	stored "$TMPDIR/$1.raw" "images/$1" "$1"
	registered "images/$1/$1.manifest.xml" "$1"
}

# image_is ID PATH WANTED - one thing that describe-images says
image_is()
{
	same "$3" "$(qami describe-images --image-ids "$1" | get "Images.0.$2")"
}

# scratch_left - what instance-store disks have left behind on this host
scratch_left()
{
	ls "$QAMI_STORE/scratch"
}
