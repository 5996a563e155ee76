#!/bin/sh
# Builds libquire_cpu.so: sh kernels-cpu/build.sh OUTPUT_DIRECTORY
#
# CC names the compiler (default: the first of cc, gcc, clang). Does nothing when the library is
# newer than every source. Without a compiler it says so, leaves no library and succeeds: the
# server then starts without the CPU kernels and tells why.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: sh kernels-cpu/build.sh OUTPUT_DIRECTORY" >&2
    exit 2
fi
sources=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
output=$(cd "$1" && pwd)
library=$output/libquire_cpu.so

compiler=${CC:-}
if [ -z "$compiler" ]; then
    for candidate in cc gcc clang; do
        if command -v "$candidate" >/dev/null 2>&1; then
            compiler=$candidate
            break
        fi
    done
fi
if [ -z "$compiler" ]; then
    rm -f "$library"
    echo "kernels-cpu: no C compiler (cc, gcc or clang) found, libquire_cpu.so is not built;" \
        "install one or set CC to have the CPU engine"
    exit 0
fi

if [ -f "$library" ] && [ -z "$(find "$sources" -type f -newer "$library")" ]; then
    exit 0
fi

# -ffp-contract=off: a product is fused with a sum where the source says so and nowhere else, so
# that every compiler gives the same bits. The same reason forbids -ffast-math.
flags="-std=c17 -O3 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -fno-trapping-math -Wall -Wextra"
objects=$(mktemp -d "$output/objects.XXXXXX")
trap 'rm -rf "$objects"' EXIT

compile() {
    name=$1
    shift
    "$compiler" $flags "$@" -c "$sources/$name.c" -o "$objects/$name.o"
}

# Compilers older than gcc 11 and clang 12 have no AMX: the tier is left out, the others stand.
amx="-mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512bf16 -mamx-tile -mamx-bf16 -mfma -mf16c"
case $("$compiler" -dumpmachine) in
    x86_64*)
        if compile linear_amx $amx 2>"$objects/amx.log"; then
            flags="$flags -DQUIRE_BUILD_AMX"
        else
            echo "kernels-cpu: $compiler does not build the AMX tier, it is left out"
        fi
        ;;
esac
compile pool -pthread
compile context
compile rows
compile linear
compile attention
compile attention_items
compile tier_portable
case $("$compiler" -dumpmachine) in
    x86_64*)
        compile tier_avx2 -mavx2 -mfma -mf16c
        compile tier_avx512 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx2 -mfma -mf16c
        ;;
esac
"$compiler" -shared -pthread -o "$objects/libquire_cpu.so" "$objects"/*.o -lm
mv "$objects/libquire_cpu.so" "$library"
echo "kernels-cpu: built $library with $compiler"
