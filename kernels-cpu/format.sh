#!/bin/sh
# Formats the C and C++ sources by .clang-format: sh kernels-cpu/format.sh [check]
#
# With "check" it changes nothing and fails where a source is in another format. Versions of
# clang-format differ, so that one is pinned, fetched by pip into target/tools; without pip it does
# nothing and says so.
set -eu

version=18.1.8
cd "$(dirname "$0")/.."
tool=$PWD/target/tools/clang-format-$version
if [ ! -x "$tool/bin/clang-format" ]; then
    if ! python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$tool" \
            clang-format=="$version"; then
        echo "kernels-cpu: skipped, pip could not fetch clang-format $version"
        exit 0
    fi
fi
if [ "${1:-}" = check ]; then
    how="--dry-run --Werror"
else
    how=-i
fi
PYTHONPATH=$tool "$tool/bin/clang-format" $how kernels-cpu/*.c kernels-cpu/*.h \
    kernels-cuda/emulator/*.cpp kernels-cuda/emulator/*.h
