#!/bin/sh
# Runs the kit on this machine's first NVIDIA card, which needs the driver alone:
# ./run.sh [--minutes N] [--out DIR] [--stage-seconds N] [--kernels DIR] [--tiny] [STAGE...]
# README.md says what they mean. A table ends it; its rows are in DIR/results.json.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)

# Java and the models are packed. They are unfolded for this run, where programs may be started from.
unfolded=
trap '[ -z "$unfolded" ] || rm -rf "$unfolded"' EXIT
trap 'exit 130' INT TERM HUP
for parent in "${TMPDIR:-/tmp}" "$PWD"; do
    unfolded=$(mktemp -d "$parent/quire-gpu.XXXXXX") || continue
    tar -xzf "$here/runtime.tar.gz" -C "$unfolded" && tar -xzf "$here/models.tar.gz" -C "$unfolded" \
        && "$unfolded/runtime/bin/java" -version >/dev/null 2>&1 && break
    rm -rf "$unfolded"
    unfolded=
done
if [ -z "$unfolded" ]; then
    echo "Java cannot be unfolded and started in ${TMPDIR:-/tmp} nor in $PWD: 100 MB are needed there, and no noexec." >&2
    exit 2
fi
"$unfolded/runtime/bin/java" -cp "$here/lib/*" -Dquire.gpu.kit="$here" -Dquire.gpu.unfolded="$unfolded" \
    quire.gpu.Kit run "$@"
