// Decoded instructions, functions and modules.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "numbers.h"

namespace emu {
constexpr int LANES = 32;
constexpr u32 FULL = 0xffffffffu;
// A point of reconvergence that is never reached.
constexpr u32 NOWHERE = 0xffffffffu;
// Where generic addresses of shared and local memory lie.
constexpr u64 SHARED_WINDOW = 0xA0000000ull, LOCAL_WINDOW = 0xB0000000ull;
constexpr u64 WINDOW_BYTES = 0x01000000ull;
// Behind the window of a block's own shared memory there is one for each block of its cluster.
constexpr u32 MOST_CLUSTER = 8;
constexpr u64 SHARED_WINDOWS_BYTES = (1 + MOST_CLUSTER) * WINDOW_BYTES;
// The first shared address that is a kernel's, as on sm_90.
constexpr u32 SHARED_START = 1024;

struct Warp;
struct Instruction;
struct Module;
struct LineTotals;

// What the loop does after an instruction. Retry gives up the core and runs it again.
enum class Next : u8 { Go, Jumped, Retry, Yield, Finished };
using Execute = Next (*)(Warp &, const Instruction &, u32 mask);

enum class Space : u8 { Generic, Global, Shared, Const, Param, Local };

// Classes of instructions that are counted apart.
enum Class : u8 {
    Integer,
    Float,
    Convert,
    Move,
    Control,
    Memory,
    SharedAccess,
    Atomic,
    Shuffle,
    Tensor,
    Async,
    Barrier,
    Nothing,
    CLASSES,
};
extern const char *const class_names[CLASSES];

// How an access of global memory is ordered.
enum Ordering : u8 {
    STRONG = 1, // atomic, volatile, relaxed and what follows
    ACQUIRES = 2,
    RELEASES = 4,
    BLOCK_SCOPE = 8,
    READ_ONLY = 16, // through the cache that does not see stores of the same launch
};

enum class AtomicOp : u8 { Add, Min, Max, And, Or, Xor, Exchange, CompareSwap, Inc, Dec };

// An address is a register of 32 or 64 bits and an offset.
struct Address {
    u32 at = 0;
    bool wide = true;
    s64 offset = 0;
};

struct Conversion {
    Kind to = NoKind, from = NoKind;
    Rounding rounding = Rounding::Nearest;
    bool saturate = false, integral = false, relu = false, finite = false, flush = false;
    u8 to_bytes = 0, from_bytes = 0; // of the registers
};

// A product of tensor cores; A has 16 rows a warp.
struct Product {
    int n = 0, k = 0;
    Kind d = NoKind, a = NoKind, b = NoKind;
    float sign = 1;
    bool a_transposed = false, b_transposed = false;
};

// Where a copy of the card's copy engine gets its other address, and through what map.
struct Transfer {
    Address other, mbarrier;
    int dims = 0; // 0 without a tensor map
    bool adds = false;
};

// Operands and facts of an instruction that do not fit into it. Registers are offsets as in
// Instruction; what the lists hold depends on the opcode.
struct More {
    std::vector<u32> r, a, b, c;
    std::vector<u8> width; // bytes of the registers in r
    Conversion conversion;
    Product product;
    Transfer transfer;
    Kind kind = NoKind;
    int index = 0;
    std::string text;
};

struct Instruction {
    Execute execute = nullptr;
    // Operands: the byte offset of 32 lanes, of which bit 0 says that it is one of the constants;
    // or the number of a predicate.
    u32 d = 0, a = 0, b = 0, c = 0;
    s64 immediate = 0;
    u32 target = 0, rejoin = NOWHERE; // of a branch
    const More *more = nullptr;
    s32 line = 0;
    u16 guard = 1; // a predicate's number
    bool guard_negated = false;
    bool always = false;    // runs when no lane passes the guard too
    bool for_wgmma = false; // touches registers of one, see of_wgmma
    Class kind = Integer;
    Space space = Space::Generic;
    u8 bytes = 0;      // of an element
    u8 count = 1;      // of elements
    bool wide = false; // whether the address in a has 64 bits
    u8 mode = 0;       // the opcode's own
    u8 order = 0;      // bits of Ordering
};

// The values of special registers that differ by block or warp. Their registers are filled when a
// block starts.
enum Special : u8 {
    TidX,
    TidY,
    TidZ,
    NtidX,
    NtidY,
    NtidZ,
    CtaX,
    CtaY,
    CtaZ,
    NctaX,
    NctaY,
    NctaZ,
    WarpId,
    SmId,
    DynamicShared,
    ClusterX, // of the grid of clusters
    ClusterY,
    ClusterZ,
    NclusterX,
    NclusterY,
    NclusterZ,
    InClusterX, // of a block in its cluster
    InClusterY,
    InClusterZ,
    ClusterSizeX,
    ClusterSizeY,
    ClusterSizeZ,
    ClusterRank,
    ClusterSize,
    SPECIALS,
};

struct Parameter {
    u32 offset, size;
};

// Registers of wgmma that an instruction touches.
struct WgmmaRegisters {
    std::vector<u32> accumulators; // read or written
    std::vector<u32> written;      // accumulators, pieces of A, and what is copied into them
};

struct Function {
    std::string name;
    const Module *module = nullptr;
    std::vector<Instruction> code;
    std::vector<std::unique_ptr<More>> more;
    std::vector<u8> constants; // 32 copies of each immediate
    std::vector<Parameter> parameters;
    u32 parameter_bytes = 0;
    u32 register_bytes = 64, predicates = 2, local_bytes = 0, static_shared = 0;
    u32 special[SPECIALS] = {}; // offsets of registers, 0 where unused
    u32 required_threads[3] = {0, 0, 0}, max_threads = 1024;
    u32 required_cluster[3] = {0, 0, 0};
    std::map<u32, WgmmaRegisters> of_wgmma; // by instruction
    s32 first_line = 0, last_line = 0;      // of PTX
    mutable std::shared_ptr<LineTotals> totals;
    // What cuFuncSetAttribute allowed.
    mutable u32 dynamic_shared_limit = 48 * 1024;
};

struct Global {
    u64 address, bytes;
};

struct Module {
    std::string text;
    std::vector<std::string> lines;
    std::string target;
    std::map<int, std::string> files;
    std::map<int, std::pair<int, int>> locations; // by line of PTX: file and line of the source
    std::map<std::string, std::unique_ptr<Function>> functions;
    std::map<std::string, Global> globals;

    Module() = default;
    Module(const Module &) = delete;
    ~Module();
    std::string line(int number) const;
    // "file.cu" and the line there, or "" and 0.
    std::pair<std::string, int> source(int line) const;
};

// Throws std::runtime_error, whose text has every line that is not understood.
std::unique_ptr<Module> parse_module(const std::string &text);
} // namespace emu
