#!/bin/sh
# lab.sh - a teacher's image and three students, each a user of this host, on
# one machine: lab.sh [DISK-IMAGE]
#
# Each student works as his own account, because the machine's server knows who
# he is: no keys, no settings. Needs root, who makes three users and removes
# them at the end. The store is a directory of the script's own and stands for
# the machine's (QAMI_MACHINE_STORE); where it is /var/lib/qami, which every
# user's qami looks for, students need not be told anything.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/build:$PATH
[ "$(id -u)" = 0 ] || {
	echo "lab.sh makes users of this host: it has to be run by root" >&2
	exit 1
}
disk=${1:-$(tests/guest/build tiny)}
work=$(mktemp -d "${TMPDIR:-/var/tmp}/qami-lab.XXXXXX")
chmod 711 "$work"
install -d "$work/bin"
install -m 755 build/qami "$work/bin" # where students may read it
export QAMI_STORE="$work/store"
students="lab1-$$ lab2-$$ lab3-$$"
server=
trap 'status=$?; trap "" INT TERM; clear_up; exit $status' EXIT
trap 'exit 130' INT TERM

clear_up()
{
	for name in $students; do
		machines=$(qami --account "$name" ps -aq 2>/dev/null) || continue
		[ -z "$machines" ] ||
			qami --account "$name" rm $machines >/dev/null || :
	done
	[ -z "$server" ] || { kill "$server" && wait "$server"; } || :
	for name in $students; do
		! getent passwd "$name" >/dev/null || userdel "$name" || :
	done
	until rm -rf "$work" 2>/dev/null; do sleep 0.2; done
}

say()
{
	printf '\n--- %s\n' "$*"
}

# as NAME COMMAND… - what that user of the host types
as()
{
	local name

	name=$1
	shift
	runuser -u "$name" -- env -i PATH="$work/bin:/usr/bin:/bin" \
		LC_ALL=C.UTF-8 HOME=/nonexistent \
		QAMI_MACHINE_STORE="$QAMI_STORE" "$@"
}

# sees NAME COUNT - waits until his machine has said so many times what is on
# its root
sees()
{
	tries=0
	until [ "$(as "$1" qami logs mine | grep -c '^root: ')" -ge "$2" ]; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "$1's machine is silent" >&2; exit 1; }
		sleep 1
	done
}

say "the teacher, who is root, has an image and a server"
image=$(qami import "$disk" --name lab)
qami serve --listen 127.0.0.1:0 >"$work/serve" 2>"$work/serve.log" &
server=$!
tries=0
until grep -q run/qami.sock "$work/serve"; do
	tries=$((tries + 1))
	[ $tries -lt 300 ]
	sleep 0.2
done
qami images

say "three students, with an account and a quota each, may launch it"
for name in $students; do
	useradd --system --no-create-home --shell /usr/sbin/nologin "$name"
	id=$(qami account create "$name" --user "$name" --output text \
		--query Account)
	qami quota set --account "$name" --instances 1 --storage 2 --snapshots 2
	qami modify-image-attribute --image-id "$image" \
		--launch-permission "Add=[{UserId=$id}]"
done
qami account list | tail -n 3

say "each launches a machine, and spoils its root by so many MiB"
count=0
for name in $students; do
	count=$((count + 1))
	as "$name" qami run lab --name mine -t t2.nano \
		--user-data "#!/bin/sh
old=\$(dd if=/dev/vda bs=4k skip=128000 count=1 2>/dev/null | head -c 7 |
	tr -d '\\0')
echo \"root: [\$old]\" >/dev/console
{ echo spoiled; head -c $((count << 20)) /dev/urandom; } |
	dd of=/dev/vda bs=4k seek=128000 conv=notrunc,fsync 2>/dev/null
echo 'root: is spoiled now' >/dev/console"
done
set -- $students
sees "$1" 2

say "$1 wants a second one: the quota"
as "$1" qami run lab --name more || :
as "$1" qami quota list

say "$2 does not see it, and cannot touch it"
theirs=$(as "$1" qami ps -q)
as "$2" qami ps
as "$2" qami rm "$theirs" || :
as "$2" qami describe-instances --instance-ids "$theirs" || :
as "$2" qami --account "$1" ps || :

say "$1 has spoiled it and puts it back: same id, same address, same image"
as "$1" qami ps
as "$1" qami reset mine
sees "$1" 3
as "$1" qami ps
as "$1" qami logs mine | tr -d '\r' | grep '^root: ' | head -n 3

say "what each costs: provisioned, seen in full, alone and shared, stored"
sees "$1" 4
sees "$2" 2
sees "$3" 2
qami costs --by account --all

say "the lab is over"
