#!/bin/sh
# Puts the CUDA kernels into the program: sh kernels-cuda/build.sh OUTPUT_DIRECTORY
#
# Where tools/cuda-toolchain has fetched the compiler they are compiled, to PTX and machine code.
# Elsewhere the PTX comes from ptx.zip, and the driver compiles it on the machine with the card.
# Does nothing when OUTPUT_DIRECTORY/manifest.txt tells of the sources as they are.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: sh kernels-cuda/build.sh OUTPUT_DIRECTORY" >&2
    exit 2
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
mkdir -p "$1"
output=$(CDPATH='' cd -- "$1" && pwd -P)
if [ "$(uname -s)" != Linux ]; then
    echo "kernels-cuda: no kernels, for they need Linux"
    exit 0
fi

# The manifest's first line names the compiler, the others are the sources.
is_current() {
    [ -f "$output/manifest.txt" ] \
        && [ "$(sed 1d "$output/manifest.txt")" = "$(sh "$here/sources.sh" "$here")" ]
}

toolchain=$here/../target/cuda-toolchain/complete
if is_current && { [ ! -e "$toolchain" ] || [ -d "$output/sm_80" ]; }; then
    exit 0
fi
if [ -e "$toolchain" ]; then
    "$here/../tools/cuda-toolchain" "$here" "$output"
    echo "kernels-cuda: compiled with $(sed -n 1p "$output/manifest.txt")"
    exit 0
fi
. "$here/../.mvn/find-jdk.sh"
rm -rf "$output"
mkdir -p "$output"
(cd "$output" && "$JAVA_HOME/bin/jar" xf "$here/ptx.zip")
if is_current; then
    echo "kernels-cuda: PTX from ptx.zip"
else
    echo "kernels-cuda: PTX from ptx.zip, which was made from OTHER SOURCES than these;" \
        "tools/cuda-toolchain fetches the compiler, tools/update-ptx renews the archive"
fi
