#!/bin/sh
# start-instances - only what is stopped; the rest is asked for in vain
# (machines run, but nothing boots in them: no need to be alone)
. tests/lib.sh
. tests/bundle.sh

guests_here
ami=$(image alpha)
a=$(launch "$ami" --instance-type t3.nano)
b=$(launch "$ami" --instance-type c3.large)
start='start-instances --instance-ids'
# what runs may be started again
qami $start "$a" >"$TMPDIR/answer"
same running "$(get StartingInstances.0.PreviousState.Name <"$TMPDIR/answer")"
same running "$(get StartingInstances.0.CurrentState.Name <"$TMPDIR/answer")"

qami stop-instances --force --instance-ids "$a" "$b" >/dev/null
reaches 60 "$a" stopped
reaches 60 "$b" stopped
dry qami $start "$a"
fails InvalidInstanceID.NotFound qami $start "$a" i-0fedcba9876543210
fails InvalidInstanceID.Malformed qami $start i-1
hidden "$a" $start "$a"
same stopped "$(state "$a")"

# no memory: it is as stopped as before
without_memory InsufficientInstanceCapacity qami $start "$b"
same stopped "$(state "$b")"
qami $start "$a" "$b" >"$TMPDIR/answer"
same 2 "$(grep -c '"InstanceId"' "$TMPDIR/answer")"
same 'running running' "$(state "$a") $(state "$b")"

# a deregistered image is no obstacle
qami stop-instances --force --instance-ids "$a" >/dev/null
reaches 60 "$a" stopped
qami rmi alpha
qami $start "$a" >/dev/null
same running "$(state "$a")"
qami terminate-instances --instance-ids "$a" >/dev/null
fails IncorrectInstanceState qami $start "$a"

# what is stopped counts for nothing, and is held when it starts again
qami stop-instances --force --instance-ids "$b" >/dev/null
reaches 60 "$b" stopped
qami quota set --instances 0
fails InstanceLimitExceeded qami $start "$b"
qami quota set --instances 1 --vcpus 1
fails VcpuLimitExceeded qami $start "$b"
qami quota set --vcpus 2 --memory 3839
fails ResourceLimitExceeded qami $start "$b"
same stopped "$(state "$b")"
qami quota set --memory 3840
qami $start "$b" >/dev/null
same running "$(state "$b")"
qami quota set --instances none --vcpus none --memory none

# what has no root volume is never stopped, nor started
i=$(launch "$(store_image store)")
fails UnsupportedOperation qami $start "$i"
qami terminate-instances --instance-ids "$i" >/dev/null
fails UnsupportedOperation qami $start "$i"
