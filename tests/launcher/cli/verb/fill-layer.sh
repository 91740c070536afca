#!/bin/sh
# fill-layer - has nothing to do where nothing is to be filled, and takes no path;
# tests/images/lazy.sh has what it does
. tests/lib.sh

qami images
for bad in a/b ../../x /tmp/x; do
	fails InvalidParameterValue qami fill-layer --layer "$bad"
done
for try in 1 2; do
	same '' "$(qami fill-layer --layer layer-0fedcba9876543210.qcow2 2>&1)"
	mkdir -p "$QAMI_STORE/fill"
done
same '' "$(ls -A "$QAMI_STORE/fill")"
