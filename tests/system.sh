# system.sh - a system libvirtd of a test's own; read after tests/lib.sh
#
# Root's daemon and its networks are the host's, so the test gets a host of its
# own: namespaces of network, mounts and processes, where libvirt's directories
# are empty. Nothing of it is seen outside, and nothing outlives the test.

# system_here [ARGUMENT…] - the test goes on in there, with libvirtd awake
system_here()
{
	[ -z "${SYSTEM_HERE:-}" ] || { system_start; return; }
	[ "$(id -u)" = 0 ] || skip "only root has a system libvirtd"
	for program in libvirtd virtlogd dnsmasq nft iptables ebtables ip; do
		command -v $program >/dev/null || skip "no $program"
	done
	unshare -mnpC true 2>/dev/null || skip "no namespaces of one's own"
	unshare -n sh -c 'ip link add name b0 type bridge &&
		nft add table inet t' 2>/dev/null ||
		skip "no bridges or nftables in this kernel"
	SYSTEM_HERE=yes QAMI_CONNECT=qemu:///system QAMI_ACCEL=tcg
	export SYSTEM_HERE QAMI_CONNECT QAMI_ACCEL
	# the first process there has to bury what daemons leave, or libvirt
	# believes that a QEMU lives on
	exec unshare -mnpC --fork --kill-child --mount-proc python3 -c '
import os, sys
test = os.spawnvp(os.P_NOWAIT, "sh", ["sh"] + sys.argv[1:])
while True:
    pid, status = os.wait()
    if pid == test:
        sys.exit(os.waitstatus_to_exitcode(status) & 255)
' "$@"
}

# system_start - mounts what is private and wakes the daemons
system_start()
{
	mount --make-rprivate /
	mkdir -p "$TMPDIR/libvirt"
	cp -a /etc/libvirt/. "$TMPDIR/libvirt"
	rm -rf "$TMPDIR"/libvirt/qemu/networks "$TMPDIR"/libvirt/qemu/autostart
	mount --bind "$TMPDIR/libvirt" /etc/libvirt
	echo 'cgroup_controllers = [ ]' >>"$TMPDIR/libvirt/qemu.conf"
	for dir in /run /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
		[ ! -d $dir ] || mount -t tmpfs -o mode=755 tmpfs $dir
	done
	# with a KVM that QEMU's account can open and that does not work,
	# libvirt asks QEMU at each launch anew what it can do …
	mknod -m 0 /run/no-kvm c 1 3
	[ ! -e /dev/kvm ] || mount --bind /run/no-kvm /dev/kvm
	ip link set lo up
	virtlogd -d
	# … as it does where cores differ, and it is not on one of them
	taskset -c 0 libvirtd -d
	# seen from now on, whatever libvirt still finds out about QEMU
	tries=0
	until [ -S /run/libvirt/libvirt-sock ]; do
		tries=$((tries + 1))
		if [ $tries -ge 600 ]; then
			echo "libvirtd does not start" >&2
			exit 1
		fi
		sleep 0.1
	done
}
