#!/bin/sh
# Runs the kit on this machine's first NVIDIA card: ./run.sh [--minutes N] [--out DIR] [--tiny] [STAGE...]
# Needs the driver alone. The table goes to the screen, its rows to DIR/results.jsonl.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
out=$PWD/quire-gpu-results
minutes=5
tiny=
while [ $# -gt 0 ]; do
    case $1 in
        --minutes) minutes=$2; shift 2 ;;
        --out) out=$2; shift 2 ;;
        --tiny) tiny=--tiny; shift ;;
        -*) echo "run.sh knows --minutes N, --out DIR, --tiny and names of stages, not $1" >&2; exit 2 ;;
        *) break ;;
    esac
done
mkdir -p "$out"
begun=$(date +%s)
"$here/runtime/bin/java" -cp "$here/kit.jar:$here/jcuda.jar" \
    -Dquire.kernels="$here/kernels" --enable-native-access=ALL-UNNAMED \
    quire.gpu.Kit run "$out" --minutes "$minutes" $tiny "$@"
code=$?
left=$((minutes * 60 - $(date +%s) + begun))
if [ $# -eq 0 ] && [ -z "$tiny" ] && [ $left -gt 20 ] && python3 -c 'import torch' 2>/dev/null; then
    timeout "$left" python3 "$here/peers.py" "$out" || echo "The comparison with PyTorch did not reach its end."
fi
exit $code
