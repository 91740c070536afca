#!/bin/sh
# malformed, endless, slow and many requests do not stop the service
. tests/lib.sh
. tests/launcher/metadata/rows
mkdir -p "$QAMI_STORE/instances/$one"
memory=65536 # KiB
sanitized && memory=
export memory
python3 tests/launcher/metadata/hostile.py
