# bundle - packing a disk of 1 GiB, 17 % and 80 % full, against the tools that
# make such bundles by hand. The disks are made of this machine's own files
# once, and kept in the cache.
disks=${XDG_CACHE_HOME:-$HOME/.cache}/qami-bench
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=bench -days 9999 \
	-keyout "$work/bundle.pem" -out "$work/bundle.crt" 2>/dev/null

# size FILE… - bytes in all of them
size()
{
	cat "$@" | wc -c
}

for fill in '17 160' '80 745'; do
	set -- $fill
	disk=$disks/disk-$2.raw
	tests/bench/filled "$2" "$disk"
	[ "$1" = 17 ] && rounds=5 || rounds=3
	enc="-aes-128-cbc -K 000102030405060708090a0b0c0d0e0f
		-iv 0f0e0d0c0b0a09080706050403020100"
	ours="mkdir $work/packed; ec2-bundle-image --batch -i $disk -p disk \
		-d $work/packed -r x86_64 -u 123456789012 \
		-k $work/bundle.pem -c $work/bundle.crt"
	theirs="mkdir $work/peer; tar -cC $disks ${disk##*/} | pigz -6 | \
		openssl enc $(echo $enc) | split -b 10485760 - $work/peer/part."
	again='if [ "$1" = ours ]; then rm -r "$work/packed"
		else rm -r "$work/peer"; fi'
	tests/bench/compare "$rounds" 0.5 "$ours" "$theirs" "$again" \
		"bundle of 1 GiB, $1 % full: tar|pigz -6|openssl|split"
	tests/bench/cost 1 "$ours" "$theirs" "$again" "bundle, $1 % full"
	eval "$ours" >/dev/null
	eval "$theirs"
	printf '%-54s %8.1f MB  %8.1f MB    %5.2f x  (reach 1.05 x)\n' \
		"bundle, $1 % full: size" $(echo \
		"$(size "$work"/packed/disk.part.*) $(size "$work"/peer/*)" |
		awk '{ print $1 / 1e6, $2 / 1e6, $1 / $2 }')
	rm -r "$work/packed" "$work/peer"
done
