#!/bin/sh
# instances on the bridge are told apart by their addresses; 127.0.0.x here
. tests/lib.sh
. tests/launcher/metadata/rows
mkdir -p "$QAMI_STORE/instances/$one" "$QAMI_STORE/instances/$two"
python3 tests/launcher/metadata/bridge.py
