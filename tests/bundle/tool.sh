#!/bin/sh
# tool - the ec2-* tools alone: what they stand on, and that they are the same
. tests/lib.sh

cd "$TMPDIR"
program=$QAMI_BUILD/ec2-bundle
tools='ec2-bundle-image ec2-bundle-vol ec2-delete-bundle ec2-download-bundle
	ec2-unbundle ec2-upload-bundle'
mkdir guest
for tool in $tools; do
	ln -s "$program" "guest/$tool"
done

# it links libc and libcrypto, and contains none of what it must not need
if ! sanitized; then
	same "libc libcrypto" "$(ldd "$program" | sed -n \
		's|^[[:space:]]*\(lib[a-z]*\)\.so.*|\1|p' | LC_ALL=C sort | xargs)"
	nm "$program" >symbols
	same '' "$(grep -E ' (sqlite3|json|nbd|vir|guestfs|slirp)_' symbols || :)"
fi

# it starts where nothing else is
if ! sanitized && unshare -r chroot / true 2>/dev/null; then
	mkdir root
	cp "$program" root/ec2-bundle-image
	ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "root$(dirname "$library")"
		cp -L "$library" "root$library"
	done
	unshare -r chroot root /ec2-bundle-image --version >out
	has "qami" out
fi

# both programs say the same of every tool, and nothing is wider than a terminal
for tool in $tools; do
	"guest/$tool" --help >here
	qami "$tool" --help | cmp - here
	qami help "$tool" | cmp - here
	"$QAMI_BUILD/$tool" -h | cmp - here
	"$program" "$tool" --help | cmp - here
	same '' "$(awk 'length > 80 && !/^  ec2-/' here)"
done

# but of the one that asks an endpoint where there is no store
"$program" ec2-register --help >here
has "--url" here
same '' "$(awk 'length > 80' here)"

# exits CODE COMMAND… - the command ends with that code, its words in `err`
exits()
{
	wanted=$1
	shift
	code=0
	"$@" >out 2>err </dev/null || code=$?
	same "$wanted of $*" "$code of $*"
}

# whoever names no tool is told which there are
exits 252 "$program"
has "ec2-unbundle - " err
exits 252 "$program" frobnicate

# both refuse the same words with the same code
truncate -s 1M disk.raw
for where in guest "$QAMI_BUILD"; do
	exits 252 $where/ec2-bundle-image
	has "--image" err
	exits 252 $where/ec2-bundle-image --image
	exits 252 $where/ec2-bundle-image -i disk.raw --frobnicate
	has "--frobnicate" err
	exits 252 $where/ec2-bundle-image -i disk.raw more
	has "more" err
	exits 252 $where/ec2-upload-bundle -b bucket
	has "--manifest" err
	exits 254 $where/ec2-upload-bundle -b B/a -m x
	has "'B' cannot be" err
	exits 254 $where/ec2-delete-bundle -b bucket
	has "--prefix" err
	exits 254 $where/ec2-unbundle -m nowhere -k nowhere
	has "cannot open nowhere" err
	exits 254 $where/ec2-bundle-image -i nowhere -u 123456789012
	has "nowhere" err
	exits 254 $where/ec2-bundle-image -i disk.raw -u 12-34
	has "12 digits" err
	exits 254 $where/ec2-bundle-image -i disk.raw -u 123456789012 -p a/b
	has "no name for a bundle" err
	exits 254 $where/ec2-bundle-image -i disk.raw -u 123456789012 -k key
	has "--cert" err
	exits 254 $where/ec2-bundle-image -i disk.raw -u 123456789012 -B ami
	has "VIRTUAL=DEVICE" err
	exits 254 $where/ec2-bundle-image -i disk.raw -u 123456789012 \
		--kernel true --ramdisk true
	exits 254 $where/ec2-bundle-vol -s 0
	has "MiB" err
	exits 254 $where/ec2-bundle-vol --fstab a --generate-fstab
	exits 254 $where/ec2-bundle-vol --instance i-12345678 --all -u 123456789012
	exits 0 $where/ec2-bundle-image --version
done
exits 252 guest/ec2-bundle-image -i disk.raw -r sparc
exits 254 guest/ec2-bundle-vol --instance i-12345678
has "use qami's" err

# a word of its own is taken wherever it stands, and once
exits 252 "$program" ec2-register a/x.manifest.xml b
has "'b' is neither an option" err
exits 254 env -u EC2_URL -u AWS_ENDPOINT_URL "$program" ec2-register \
	-b /dev/sdb=ephemeral0 a/x.manifest.xml -n x
has "where is it to be registered" err
exits 254 "$program" ec2-register -n x
has "what is to be registered" err

# only raw disks where nobody can check another one
qemu-img create -q -f qcow2 disk.qcow2 1M
exits 254 guest/ec2-bundle-image -i disk.qcow2 -u 123456789012
has "qcow2" err

# names may be shortened, values be joined, letters stand together
exits 254 guest/ec2-bundle-image --im=disk.raw -u12-34
has "12 digits" err
exits 252 guest/ec2-bundle-vol --pr x
exits 252 guest/ec2-delete-bundle -yb

# a pattern that a shell made words of is all of them, behind -e alone
exits 0 guest/ec2-bundle-vol -e a b c -p x --help
exits 252 guest/ec2-bundle-vol -e a -p x b
has "'b' is neither an option" err
exits 252 guest/ec2-bundle-vol a -e b

# variables stand for options
exits 254 env EC2_USER_ID=12345 guest/ec2-bundle-image -i disk.raw
has "'12345'" err
exits 254 env EC2_USER_ID=1234-5678-9012 EC2_PRIVATE_KEY=nokey EC2_CERT=nocert \
	guest/ec2-bundle-image -i disk.raw
has "nokey" err
exits 254 guest/ec2-upload-bundle -b bucket -m disk.raw -a ID
has "go together" err
