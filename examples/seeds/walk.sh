# walk.sh - what the walks share; read by them with `. examples/seeds/walk.sh`
#
# A walk goes through a document about AWS section by section and shows each of
# its mechanisms on this system: the command, then what it printed. Where the
# document has a figure of Amazon's hardware or prices, it shows this system's
# own and says whether that is measured or configured. Every store is temporary.
set -eu
PATH=$PWD/build:$PATH
walk=$(mktemp -d "${TMPDIR:-/tmp}/walk.XXXXXX")
chmod 711 "$walk"
export QAMI_STORE="$walk/here"
unset AWS_ENDPOINT_URL
server=
trap 'status=$?; trap "" INT TERM; clear_up; exit $status' EXIT
trap 'exit 130' INT TERM

# clear_up - ends every machine that the walk started, and removes its stores
clear_up()
{
	local store machines

	for store in "$walk"/*/qami.db; do
		[ -e "$store" ] || continue
		store=${store%/qami.db}
		machines=$(qami --store "$store" ps -aq) || continue
		[ -z "$machines" ] ||
			qami --store "$store" rm $machines >/dev/null || :
	done
	[ -z "$server" ] || { kill "$server" && wait "$server"; } || :
	# whoever does a store's jobs ends when it is gone, and may write till then
	until rm -rf "$walk" 2>/dev/null; do sleep 0.2; done
}

section()
{
	printf '\n=== %s\n' "$*"
}

# note TEXT… - what is to be seen
note()
{
	printf '# %s\n' "$*"
}

# typed COMMAND… - prints a command as one would type it
typed()
{
	local word

	printf '$'
	for word; do
		case $word in
		*[!A-Za-z0-9_.,:=/@%+-]* | '') printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
}

# show COMMAND… - prints a command, then runs it
show()
{
	typed "$@"
	"$@"
}

# refused CODE COMMAND… - shows a command that fails with that code
refused()
{
	local code

	code=$1
	shift
	typed "$@"
	if "$@" 2>"$walk/refused"; then
		echo "this was to be refused with $code" >&2
		return 1
	fi
	cat "$walk/refused"
	grep -qF "$code" "$walk/refused"
}

# equal WANTED GOT WHAT - the walk ends where it is not so
equal()
{
	[ "$1" = "$2" ] || {
		echo "$3: $2, not $1" >&2
		return 1
	}
	note "$3: $2"
}

# until_it_says TEXT COMMAND… - waits until a command's output has the text
until_it_says()
{
	local text end

	text=$1
	shift
	end=$(($(date +%s) + 120))
	until "$@" | grep -qF -- "$text"; do
		[ "$(date +%s)" -lt "$end" ] || {
			echo "no '$text' within two minutes: $*" >&2
			return 1
		}
		sleep 0.2
	done
}

# serve [STORE] - starts the endpoint of a store, and tells AWS's tools of it
serve()
{
	local store

	store=${1:-$QAMI_STORE}
	qami --store "$store" serve --listen 127.0.0.1:0 >"$walk/served" \
		2>"$walk/serve.log" &
	server=$!
	until_it_says 'at http' cat "$walk/served"
	eval "$(qami --store "$store" env)"
}
