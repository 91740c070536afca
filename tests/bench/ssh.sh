# ssh - from an image to a command's answer inside, and what took how long
#
# There is no peer: the guest's own boot is most of it. Stages are those that
# `qami run` tells at a terminal; the last line is all of it, ssh's own
# handshakes and the end of the machine included.
export QAMI_ACCEL=tcg QAMI_CONNECT=embed
qami import "$(tests/guest/build tiny)" --name ssh >/dev/null
ssh_start=$(date +%s.%N)
script -qec 'qami run ssh --ssh --rm -- true' /dev/null </dev/null \
	>"$work/stages" 2>&1
ssh_end=$(date +%s.%N)
tr -d '\r' <"$work/stages" | sed -n 's/.*\x1b\[K//; s/\x1b\[[0-9]*m//g
	s/^\[ *\([0-9.]*\)\] \([^:]*\).*/\1 \2/p' | while read -r at stage; do
	printf '%-54s %8.1f s\n' "qami run tiny --ssh: $stage" "$at"
done
printf '%-54s %8.1f s\n' 'qami run tiny --ssh --rm -- true: all' \
	"$(echo "$ssh_end $ssh_start" | awk '{ print $1 - $2 }')"
