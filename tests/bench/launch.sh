# launch - run-instances against qemu-img with virsh, and against virt-install
#
# All make an overlay over the same disk and start the same machine under the
# same libvirt with warm caches: its daemon, then the embedded driver, which
# virt-install cannot use. The XML is what libvirt shows of qami's own
# machine, without what libvirt itself put in; but the network is QEMU's own,
# while ours is a process, with another for the metadata service.
export QAMI_ACCEL=tcg
qami import "$(tests/guest/build tiny)" --name tiny >/dev/null
image=$(qami images -q)
disk=$(ls -d "$QAMI_STORE"/layers/*.raw)
overlay="qemu-img create -q -f qcow2 -b $disk -F raw $work/other.qcow2 1G"
# libvirt drops its caches when it wakes on the other of two unlike cores
pin='taskset -c 0'

# other_xml URI ID - writes the XML of qami's machine, as somebody else's
other_xml()
{
	xml=$(virsh -q -c "$1" dumpxml "$2")
	layer=$(echo "$xml" | sed -n "s/.*file='\(.*\.qcow2\)'.*/\1/p")
	log=$(echo "$xml" | sed -n "s/.*file='\(.*console.log\)'.*/\1/p" |
		head -n 1)
	uuid=$(echo "$xml" | sed -n 's|.*<uuid>\(.*\)</uuid>|\1|p')
	: >"$work/console.log"
	echo "$xml" | sed "s/<domain type='qemu' .*>/<domain type='qemu'>/
		/<alias /d; /<address type='pci/d
		/<resource>/,/<\/resource>/d; /<console/,/<\/console>/d
		/<seclabel/,/<\/seclabel>/d
		s/<\(source.*\) index='.*'/<\1/
		s/<\(backingStore.*\) index='.*'/<\1/
		s/<interface type='client'>/<interface type='user'>/
		/<source address='127.0.0.1' port=/d
		s|$layer|$work/other.qcow2|
		s|$log|$work/console.log|; s|$2|other|g
		s|'[^']*/agent.sock'|'$work/agent.sock'|
		s|$uuid|ec200000-0000-4000-8000-000000000001|g" \
		>"$work/other.xml"
}

# after URI - what ends a round's machines
after()
{
	cat <<-EOF
	if [ "\$1" = ours ]; then qami ps -q | xargs -r qami rm
	else
		n=0 # a driver that has just opened may not know its guest yet
		until virsh -q -c '$1' destroy other 2>/dev/null ||
			[ \$n -gt 50 ]; do n=\$((n + 1)); sleep 0.1; done
		rm -f "$work/other.qcow2"
	fi
	EOF
}

daemon_start
export QAMI_CONNECT=$daemon
id=$(qami run tiny)
other_xml $daemon "$id"
qami rm "$id"
tests/bench/compare 9 1.0 "qami run-instances --image-id $image" \
	"$overlay; virsh -q -c $daemon create $work/other.xml" \
	"$(after $daemon)" 'launch: qemu-img create -b + virsh create'
tests/bench/compare 5 0.5 "qami run-instances --image-id $image" \
	"$overlay; virt-install --connect $daemon --import --name other \
		--memory 1024 --vcpus 2 --virt-type qemu --osinfo generic \
		--graphics none --sound none --noautoconsole --transient \
		--machine q35 --network user,model=virtio \
		--disk $work/other.qcow2,bus=virtio" \
	"$(after $daemon)" 'launch: virt-install --import'

daemon_end
export QAMI_CONNECT=embed
id=$(qami run tiny)
root=$(ls -d "$QAMI_STORE"/embed/*/log/qemu/"$id".log | sed 's|/log/qemu/.*||')
other_xml "qemu:///embed?root=$root" "$id"
mkdir -m 711 -p "$work/embed/etc"
cp "$root/etc/qemu.conf" "$work/embed/etc/"
qami rm "$id"
embed="qemu:///embed?root=$work/embed"
tests/bench/compare 9 1.0 "qami run-instances --image-id $image" \
	"$overlay; $pin virsh -q -c '$embed' create $work/other.xml" \
	"$(after "$embed")" 'launch without a daemon: the same'
