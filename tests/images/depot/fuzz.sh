#!/bin/sh
# fuzz - the target is built as its head says, and takes what it is given
exec tests/fuzz tests/images/depot depot
