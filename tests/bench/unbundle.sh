# unbundle - 1 GiB, 17 and 80 % full, against cat | openssl | pigz -d | tar
#
# The tools check nothing: neither a part's digest nor the archive's, and they
# leave what they wrote to the kernel, where qami waits for the disk.
openssl genrsa -out "$work/key.pem" 2048 2>"$work/openssl"
openssl req -x509 -new -key "$work/key.pem" -subj /CN=bench -out "$work/cert.pem"

# secret DIRECTORY WHICH - a bundle's key or iv, as openssl's command wants it
secret()
{
	sed "s|.*<user_encrypted_$2[^>]*>\([^<]*\)<.*|\1|" \
		"$1/image.manifest.xml" | tr a-f A-F | basenc -d --base16 |
		openssl pkeyutl -decrypt -inkey "$work/key.pem"
}
for full in 17 80; do
	bundle=$work/bundle-$full
	mkdir -p "$bundle" "$work/ours" "$work/theirs"
	tests/bench/filled $((full == 17 ? 160 : 745)) "$work/$full.raw"
	ec2-bundle-image -i "$work/$full.raw" -k "$work/key.pem" \
		-c "$work/cert.pem" -u 123456789012 -d "$bundle" -p image \
		-r x86_64 >"$work/bundled"
	ours="ec2-unbundle -m $bundle/image.manifest.xml -k $work/key.pem \
		-s $bundle -d $work/ours"
	cat="cat $bundle/image.part.*"
	openssl="openssl enc -d -aes-128-cbc -K $(secret "$bundle" key) \
		-iv $(secret "$bundle" iv)"
	tar="tar -xS -C $work/theirs"
	tests/bench/compare 5 0.67 "$ours" "$cat | $openssl | pigz -d | $tar" \
		"rm -f $work/ours/* $work/theirs/*" \
		"unbundling 1 GiB, $full % full: openssl, pigz -d, tar"
	printf '%-54s %7s MiB %7s MiB\n' '  peak memory' \
		"$(tests/bench/peak "$ours")" \
		"$(tests/bench/peak "$cat" "$openssl" 'pigz -d' "$tar")"
	rm -r "$bundle" "$work/ours" "$work/theirs" "$work/$full.raw"
done
