#!/bin/sh
# Builds the emulated CUDA driver: sh kernels-cuda/emulator/build.sh OUTPUT_DIRECTORY
#
# The library is OUTPUT_DIRECTORY/libcuda.so.1; a program that finds this folder on LD_LIBRARY_PATH,
# or loads the file before anything that wants a libcuda.so.1, runs on the emulator. Without g++ the
# build succeeds, says so, and there is no such file.
#
# CXX names the compiler (default: g++), QUIRE_CXXFLAGS what it is told besides. What was compiled
# already is kept in OUTPUT_DIRECTORY/objects; nothing is done when nothing changed.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: sh kernels-cuda/emulator/build.sh OUTPUT_DIRECTORY" >&2
    exit 2
fi
sources=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1/objects"
output=$(cd "$1" && pwd)
library=$output/libcuda.so.1

not_built() {
    if [ ! -f "$output/not-built.txt" ]; then
        echo "kernels-cuda: the emulated driver is not built: $1"
    fi
    rm -f "$library"
    echo "$1" >"$output/not-built.txt"
    exit 0
}

compiler=${CXX:-g++}
if ! command -v "$compiler" >/dev/null 2>&1; then
    not_built "there is no $compiler; install it (apt install g++) or name another by CXX"
fi
case $("$compiler" -dumpmachine) in
    x86_64*linux*) ;;
    *) not_built "it needs Linux on x86-64" ;;
esac
rm -f "$output/not-built.txt"

# No product is fused with a sum but where the source says so; tables of bits are read as numbers.
flags="-std=gnu++20 -O2 -ftree-vectorize -g1 -march=x86-64-v3 -fPIC -fvisibility=hidden -pthread"
flags="$flags -ffp-contract=off -fno-math-errno -fno-trapping-math -fno-strict-aliasing"
flags="$flags -Wall -Wextra -Wshadow -Wno-missing-field-initializers -Werror ${QUIRE_CXXFLAGS:-}"

# A source is compiled when it, or a header that it named the last time, is newer than its object.
newer() {
    [ ! -f "$2" ] && return 0
    for file in "$1" $(sed -e 's/^[^:]*://' -e 's/\\$//' "${2%.o}.d" 2>/dev/null); do
        [ "$file" -nt "$2" ] && return 0
    done
    return 1
}
changed=
for source in "$sources"/*.cpp; do
    name=$(basename "$source" .cpp)
    if newer "$source" "$output/objects/$name.o" || [ "$0" -nt "$output/objects/$name.o" ]; then
        changed="$changed $name"
    fi
done
for object in "$output"/objects/*.o; do # of sources that are no more
    [ -f "$object" ] && [ ! -f "$sources/$(basename "$object" .o).cpp" ] && rm -f "$object"
done
if [ -z "$changed" ] && [ -f "$library" ]; then
    exit 0
fi
jobs=$(nproc 2>/dev/null || echo 1)
for name in $changed; do
    echo "$name"
done | xargs -P "$jobs" -I NAME "$compiler" $flags -MMD -c "$sources/NAME.cpp" \
    -o "$output/objects/NAME.o"
"$compiler" -shared -pthread ${QUIRE_CXXFLAGS:-} -Wl,-soname,libcuda.so.1 -Wl,-z,defs \
    "$output"/objects/*.o -o "$library.new" -ldl
mv "$library.new" "$library"
echo "kernels-cuda: built $library with $compiler"
