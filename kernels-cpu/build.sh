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
flags="-std=c17 -O3 -pthread -fPIC -fvisibility=hidden"
flags="$flags -ffp-contract=off -fno-math-errno -fno-trapping-math"
flags="$flags -Wall -Wextra -Wshadow -Wundef -Wvla -Wpointer-arith -Wstrict-prototypes"
flags="$flags -Wmissing-prototypes -Werror ${QUIRE_CFLAGS:-}"
objects=$(mktemp -d "$output/objects.XXXXXX")
trap 'rm -rf "$objects"' EXIT

# A source that wants more than every machine has says so in its first line: the processor and the
# compiler's options. It is left out for other processors, and by compilers that lack an option
# (AMX needs gcc 11 or clang 12); kernel_list.c does without it.
for source in "$sources"/*.c; do
    name=$(basename "$source" .c)
    wants=$(sed -n '1s|^/\* build: \(.*\) \*/$|\1|p' "$source")
    processor=${wants%% *}
    options=${wants#"$processor"}
    case $target in
        "$processor"*) ;;
        *) continue ;;
    esac
    if ! echo 'int main(void) { return 0; }' \
            | "$compiler" $options -x c -c - -o "$objects/probe" 2>"$objects/probe.log"; then
        echo "kernels-cpu: $compiler does not know$options; $name.c is left out"
    elif ! "$compiler" $flags $options -c "$source" -o "$objects/$name.o"; then
        echo "kernels-cpu: $compiler refuses $name.c; where only a warning stands in the way," \
            "QUIRE_CFLAGS=-Wno-error builds all the same" >&2
        exit 1
    fi
done
"$compiler" -shared -pthread ${QUIRE_CFLAGS:-} -o "$objects/libquire_cpu.so" "$objects"/*.o -lm
mv "$objects/libquire_cpu.so" "$library"
echo "$machine" >"$note"
echo "kernels-cpu: built $library with $compiler"
