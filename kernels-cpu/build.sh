#!/bin/sh
# Builds the CPU kernels: sh kernels-cpu/build.sh OUTPUT_DIRECTORY
#
# The library is OUTPUT_DIRECTORY/MACHINE/libquire_cpu.so, and OUTPUT_DIRECTORY/libquire_cpu.txt
# tells what there is: the machine it was built for, or "not built: " and why. CpuLibrary reads
# both; without a compiler the build succeeds and the server then runs without these kernels and
# says so.
#
# CC names the compiler (default: the first of cc, gcc, clang), QUIRE_CFLAGS what it is told
# besides. Does nothing when the library is newer than every source.
set -eu

if [ $# -ne 1 ]; then
    echo "usage: sh kernels-cpu/build.sh OUTPUT_DIRECTORY" >&2
    exit 2
fi
sources=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
output=$(cd "$1" && pwd)
note=$output/libquire_cpu.txt

not_built() {
    rm -f "$output"/*/libquire_cpu.so
    echo "not built: $1" >"$note"
    echo "kernels-cpu: libquire_cpu.so is not built: $1"
    exit 0
}

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
    not_built "no C compiler (cc, gcc or clang) was found; install one or name it by CC"
fi
target=$("$compiler" -dumpmachine)
case $target in
    *linux*) machine=linux-${target%%-*} ;;
    *) not_built "the CPU kernels need Linux, and $compiler builds for $target" ;;
esac
mkdir -p "$output/$machine"
library=$output/$machine/libquire_cpu.so

changed=$(find "$sources" -type f -newer "$library" 2>/dev/null || echo everything)
if [ -f "$note" ] && [ -z "$changed" ]; then
    exit 0
fi

# -ffp-contract=off: a product is fused with a sum where the source says so and nowhere else, so
# that every compiler gives the same bits. The same reason forbids -ffast-math.
flags="-std=c17 -O3 -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -fno-trapping-math"
flags="$flags -Wall -Wextra -Wshadow -Wundef -Wvla -Wpointer-arith -Wstrict-prototypes"
flags="$flags -Wmissing-prototypes -Werror ${QUIRE_CFLAGS:-}"
objects=$(mktemp -d "$output/objects.XXXXXX")
trap 'rm -rf "$objects"' EXIT

compile() {
    name=$1
    shift
    "$compiler" $flags "$@" -c "$sources/$name.c" -o "$objects/$name.o" && return
    echo "kernels-cpu: $compiler refuses $name.c;" \
        "where only a warning stands in the way, QUIRE_CFLAGS=-Wno-error builds all the same" >&2
    exit 1
}

# Compilers older than gcc 11 and clang 12 have no AMX: the tier is left out, the others stand.
amx="-mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512bf16 -mamx-tile -mamx-bf16 -mfma -mf16c"
case $target in
    x86_64*)
        if echo 'int main(void) { return 0; }' \
                | "$compiler" $amx -x c -c - -o "$objects/probe" 2>"$objects/probe.log"; then
            flags="$flags -DQUIRE_BUILD_AMX"
            compile linear_amx $amx
        else
            echo "kernels-cpu: $compiler does not build the AMX tier, it is left out"
        fi
        ;;
esac
compile pool -pthread
compile context
compile facts
compile memory
compile rows
compile linear
compile attention
compile attention_items
compile tier_portable
case $target in
    x86_64*)
        compile tier_avx2 -mavx2 -mfma -mf16c
        compile tier_avx512 -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx2 -mfma -mf16c
        ;;
esac
"$compiler" -shared -pthread ${QUIRE_CFLAGS:-} -o "$objects/libquire_cpu.so" "$objects"/*.o -lm
mv "$objects/libquire_cpu.so" "$library"
echo "$machine" >"$note"
echo "kernels-cpu: built $library with $compiler"
