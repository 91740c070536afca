# lib.sh - what shell tests share; read with `. tests/lib.sh`
set -eu

# fails CODE COMMAND… - the command must fail with an EC2 error of that code
fails()
{
	code=$1
	shift
	if "$@" >"$TMPDIR/out" 2>"$TMPDIR/err"; then
		echo "succeeded but should fail with $code: $*" >&2
		return 1
	fi
	grep -qF "($code)" "$TMPDIR/err" && return 0
	echo "failed, but not with $code: $*" >&2
	cat "$TMPDIR/err" >&2
	return 1
}

# same WANTED GOT - two texts are equal
same()
{
	[ "$1" = "$2" ] && return 0
	echo "wanted: $1" >&2
	echo "got:    $2" >&2
	return 1
}

# has TEXT FILE - a file contains a text
has()
{
	grep -qF -- "$1" "$2" && return 0
	echo "'$1' is not in $2:" >&2
	tail -n 30 "$2" >&2
	return 1
}

# skip WHY - the host lacks a feature; the sentence names it
skip()
{
	echo "$*"
	exit 77
}

# get PATH - one value out of JSON on stdin: get Images.0.ImageId
get()
{
	python3 -c '
import json, sys
value = json.load(sys.stdin)
for step in sys.argv[1].split("."):
    value = value[int(step)] if isinstance(value, list) else value[step]
print(json.dumps(value) if isinstance(value, (dict, list)) else value)
' "$1"
}

# seen SECONDS TEXT FILE - waits until a growing file contains a text
seen()
{
	end=$(($(date +%s) + $1))
	while ! grep -qF -- "$2" "$3" 2>/dev/null; do
		if [ "$(date +%s)" -ge "$end" ]; then
			echo "'$2' did not appear in $3 within $1 s:" >&2
			tail -n 20 "$3" >&2
			return 1
		fi
		sleep 0.2
	done
}
