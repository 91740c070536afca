#!/bin/sh
# cancel-export-task - a task that nobody has begun comes to nothing, and leaves
# nothing; one that is over cannot be stopped
. tests/lib.sh
. tests/stored.sh

ami=$(image web)
qami create-store-image-task --image-id "$ami" --bucket images >"$TMPDIR/out"
stored_is "$ami" Completed
cp "$TMPDIR/disk.raw" "$QAMI_STORE/buckets/images/in"

# begin - a task that nobody works on while it is cancelled
begin()
{
	python3 - "$@" <<'END'
import fcntl, json, os, struct, subprocess, sys
lock = open(os.environ["QAMI_STORE"] + "/run/slow.lock", "a")
fcntl.fcntl(lock, 38, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
if "export" == "export":
    words = ["export-image", "--image-id", sys.argv[1], "--disk-image-format",
             "RAW", "--s3-export-location", "S3Bucket=out"]
else:
    words = ["import-image", "--disk-containers",
             "Format=RAW,UserBucket={S3Bucket=images,S3Key=in}"]
answer = json.loads(subprocess.check_output(["qami"] + words))
task = answer.get("ExportImageTaskId") or answer["ImportTaskId"]
if len(sys.argv) > 2:
    subprocess.check_call(["qami"] + sys.argv[2:] + [task],
                          stdout=subprocess.DEVNULL)
print(task)
END
}

images=$(qami images -q)
layers=$(ls "$QAMI_STORE/layers")
task=$(begin "$ami" cancel-export-task --export-task-id)
qami images >"$TMPDIR/out"
exported "$task" deleted
same "$images" "$(qami images -q)"
same "$layers" "$(ls "$QAMI_STORE/layers")"
same '' "$(ls "$QAMI_STORE/tasks" 2>/dev/null)"
same '' "$(ls "$QAMI_STORE/buckets/out" 2>/dev/null)"
fails IncorrectState qami cancel-export-task --export-task-id "$task"

task=$(begin "$ami")
qami images >"$TMPDIR/out"
exported "$task" completed
fails IncorrectState qami cancel-export-task --export-task-id "$task"
fails InvalidExportTaskID.NotFound qami cancel-export-task \
	--export-task-id export-ami-0fedcba9876543210
fails InvalidExportTaskID.NotFound as 222222222222 cancel-export-task \
	--export-task-id "$task"
tests/audit --jobs
