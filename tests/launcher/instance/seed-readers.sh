#!/bin/sh
# seed-readers.sh - other systems' readers of FAT and YAML take our seeds as they are
set -eu
. tests/lib.sh
PATH=$PATH:/usr/sbin:/sbin

for tool in fsck.vfat blkid mtype mdir python3; do
	command -v $tool >/dev/null || skip "the host lacks $tool"
done
"$QAMI_BUILD/tests/launcher/instance/seed" "$TMPDIR"

count=0
for image in "$TMPDIR"/*.img; do
	name=${image%.img}
	fsck.vfat -n "$image" >"$TMPDIR/fsck" 2>&1 || {
		cat "$TMPDIR/fsck"
		exit 1
	}
	# what it would repair without failing, it says in further lines
	same 2 "$(wc -l <"$TMPDIR/fsck")"
	same CIDATA "$(blkid -p -s LABEL -o value "$image")"
	same CIDATA "$(blkid -p -s LABEL_FATBOOT -o value "$image")"
	same vfat "$(blkid -p -s TYPE -o value "$image")"
	same "meta-data user-data" "$(mdir -b -i "$image" | tr -d '\r' |
		sed 's|^::/||' | xargs)"
	mtype -i "$image" ::user-data >"$TMPDIR/user-data"
	cmp "$TMPDIR/user-data" "$name.user"
	mtype -i "$image" ::meta-data >"$name.meta"
	has 'instance-id: "i-0123456789abcdef0"' "$name.meta"
	count=$((count + 1))
done
same 12 "$count"

# The bytes that are not UTF-8 come out as U+FFFD each; all else as it went in.
cat >"$TMPDIR/check" <<'END'
import json, re, sys

def read(path):
    """What any reader sees: lines of key and JSON string, tags below."""
    tree = {}
    for line in open(path, encoding='utf-8', newline='\n'):
        assert line.endswith('\n') and line[:-1].isprintable(), line
        if line.startswith('  - '):
            tree[last] = (tree[last] or []) + [json.loads(line[4:])]
            continue
        key, value = re.fullmatch(
            r'( *(?:"(?:[^"\\]|\\.)*"|[a-z-]+)):(?: (".*"))?\n', line).groups()
        if not key.startswith(' '):
            into = tree
        key = key.strip()
        key = json.loads(key) if key[0] == '"' else key
        assert key not in into
        into[key] = json.loads(value) if value else {}
        last = key
        into = into if value else into[key]
    return tree

plain = {
    'instance-id': 'i-0123456789abcdef0', 'local-hostname': 'ip-10-0-2-15',
    'ami-id': 'ami-0123456789abcdef0', 'instance-type': 't3.micro',
    'placement': {'availability-zone': 'local-1a', 'region': 'local-1'},
}
bad = '\ufffd'
tags = {
    'Name': 'web 1',
    'quotes': 'a "b" \'c\' \\d\\ # : { [ - ? | > % @ `',
    'lines': 'one\ntwo\r\n\tthree',
    'control': '\x01\x1b[31m\x7f',
    'key: "x"\n# y': '',
    'instance-id': 'not this one',
    '\xe4\u20ac\U0001f600': '\xfc \U0001f427',
    'odd': '\x85\xa0\u2028\u2029\ufeff\ufffe\uffff',
    'bytes': bad * 2 + ' ' + bad * 2 + ' ' + bad * 3 + ' ' + bad * 4 +
             ' ' + bad,
    'yes': 'no', '<<': '=', '1': '0x10',
}
most = {'\x01' * i + '\x02' + '\x01' * (127 - i): '\x03' * 256
        for i in range(50)}
readers = [read]
try:
    import yaml
    readers.append(lambda path: yaml.safe_load(open(path, 'rb')))
except ImportError:
    print('python3 has no yaml: its reader was not asked')
for reader in readers:
    assert reader(sys.argv[1] + '/none.meta') == plain
    assert reader(sys.argv[1] + '/tags.meta') == dict(plain, tags=tags)
    assert reader(sys.argv[1] + '/key.meta') == {
        **plain, 'tags': tags,
        'public-keys': ['ssh-ed25519 AAAA+/w== a "b": #c']}
    assert reader(sys.argv[1] + '/most.meta') == dict(plain, tags=most)
END
python3 "$TMPDIR/check" "$TMPDIR"
# small guests take the first line of a name
same i-0123456789abcdef0 "$(sed -n 's/^[ {]*"\{0,1\}instance-id"\{0,1\}: *["'\'']\{0,1\}\([^"'\'',]*\).*/\1/p' \
	"$TMPDIR/tags.meta" | head -n 1)"
