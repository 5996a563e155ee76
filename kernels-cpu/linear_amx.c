/* build: x86_64 -mavx512vl -mavx512dq -mavx512bf16 -mamx-tile -mamx-bf16 */
/* Plan and loops of linear layers on AMX tiles; amx_tiles.h tells what they compute. */
#include "context.h"

#include "amx_tiles.h"

/* Packed activations that a chunk meets again for each output: half a second-level cache. */
#define ROW_BLOCK_BYTES (1 << 20)
#define CHUNKS_PER_THREAD 6
/* Activations below which packing is not worth a second thread. */
#define SERIAL_PACK 32768
/* Weight tiles that meet one activation tile at a time, where there is only one. */
#define GROUP 3

typedef struct {
    const quire_part *parts;
    const float *x;
    float *out;
    int inputs;
    int outputs;
    int rows;
    int blocks; /* of inputs */
    int row_tiles;
    int columns;   /* rows that a packed tile has room for: 1 for one row alone, else 16 */
    int row_block; /* row tiles that a chunk meets */
    int row_blocks;
    int column_chunk; /* outputs of a chunk */
    bf16 *packed;     /* [row_tiles][blocks][SPLITS][16 pairs][columns][2] */
    float *totals;    /* [row_tiles][blocks][16]: sums of a block's activations, row by row */
    char *scratch;
    int64_t scratch_bytes;
} amx_task;

static inline const bf16 *packed_at(const amx_task *task, int row_tile, int block) {
    return task->packed
           + ((int64_t)row_tile * task->blocks + block) * SPLITS * BLOCK * task->columns;
}

static inline const float *totals_at(const amx_task *task, int row_tile, int block) {
    return task->totals + ((int64_t)row_tile * task->blocks + block) * TILE;
}

static void pack_one_row(const amx_task *task) {
    for (int block = 0; block < task->blocks; block++) {
        __m512i part[SPLITS];
        split_block(task->x + block * BLOCK, part);
        for (int s = 0; s < SPLITS; s++) {
            _mm512_storeu_si512(task->packed + (block * SPLITS + s) * BLOCK, part[s]);
        }
        task->totals[block * TILE] = block_sum(task->x + block * BLOCK);
    }
}

/* Rows that do not exist are zero. */
static void pack_tile(void *arguments, int tile, int worker) {
    (void)worker;
    const amx_task *task = arguments;
    int rows = min_int(TILE, task->rows - tile * TILE);
    const float *x = task->x + (int64_t)tile * TILE * task->inputs;
    bf16 *to = (bf16 *)packed_at(task, tile, 0);
    float *totals = (float *)totals_at(task, tile, 0);
    for (int block = 0; block < task->blocks; block++, x += BLOCK, totals += TILE) {
        __m512i part[SPLITS][TILE];
        memset(totals, 0, TILE * sizeof(float));
        for (int row = 0; row < TILE; row++) {
            __m512i of_row[SPLITS] = {_mm512_setzero_si512(), _mm512_setzero_si512(),
                                      _mm512_setzero_si512()};
            if (row < rows) {
                split_block(x + (int64_t)row * task->inputs, of_row);
                totals[row] = block_sum(x + (int64_t)row * task->inputs);
            }
            for (int s = 0; s < SPLITS; s++) {
                part[s][row] = of_row[s];
            }
        }
        for (int s = 0; s < SPLITS; s++, to += TILE_NUMBERS) {
            transpose_tile(part[s]);
            for (int pair = 0; pair < TILE; pair++) {
                _mm512_storeu_si512(to + pair * BLOCK, part[s][pair]);
            }
        }
    }
}

/* Writes a tile of sums [16 outputs][16 rows], or [16 outputs] of one row. */
static void write_tile(const amx_task *task, const quire_part *part, int part_column, int output,
                       int row_tile, const float *sums) {
    __mmask16 mask = (__mmask16)((1u << min_int(TILE, part->rows - output)) - 1);
    int rows = min_int(TILE, task->rows - row_tile * TILE);
    float *out = task->out + (int64_t)row_tile * TILE * task->outputs + part_column + output;
    __m512i r[TILE];
    if (task->columns == 1) {
        r[0] = _mm512_loadu_si512(sums);
    } else {
        for (int n = 0; n < TILE; n++) {
            r[n] = _mm512_loadu_si512(sums + n * TILE);
        }
        transpose_tile(r);
    }
    for (int m = 0; m < rows; m++, out += task->outputs) {
        __m512 v = _mm512_castsi512_ps(r[m]);
        if (part->bias) {
            v = _mm512_add_ps(v, _mm512_maskz_loadu_ps(mask, part->bias + output));
        }
        _mm512_mask_storeu_ps(out, mask, v);
    }
}

#define GROUP_TIMES(PACKED)                                                                        \
    _tile_loadd(7, PACKED, stride);                                                                \
    _tile_dpbf16ps(0, 4, 7);                                                                       \
    _tile_dpbf16ps(1, 5, 7);                                                                       \
    _tile_dpbf16ps(2, 6, 7);

/* Three tiles of outputs, of which so many count, by the one tile of rows. */
static void run_group(const amx_task *task, const quire_part *part, int part_column,
                      const int output[GROUP], int count, float *room) {
    int dtype = part->dtype, one = task->columns == 1, has_offsets = dtype == QUIRE_Q4_1;
    int stride = task->columns * 4;
    int64_t split = (int64_t)BLOCK * task->columns;
    float *sums = room, *products = sums + GROUP * TILE_SUMS;
    float *scales = products + GROUP * TILE_SUMS, *offsets = scales + GROUP * TILE;
    bf16 *numbers = (bf16 *)(offsets + GROUP * TILE);
    __m512i table = table_of(dtype);
    output_rows rows[GROUP];
    for (int t = 0; t < GROUP; t++) {
        rows[t] = output_rows_of(part, output[t]);
    }
    /* The products too: what a narrow tile leaves between its columns is added, never read. */
    memset(sums, 0, 2 * GROUP * TILE_SUMS * sizeof(float));
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    for (int block = 0; block < task->blocks; block++) {
        bf16 *now = numbers + (block & 1) * GROUP * TILE_NUMBERS;
        for (int t = 0; t < GROUP; t++) {
            decode_tile(dtype, &rows[t], block, table, now + t * TILE_NUMBERS, scales + t * TILE,
                        offsets + t * TILE);
        }
        STORES_BEFORE_TILES();
        _tile_loadd(4, now, BLOCK * 2);
        _tile_loadd(5, now + TILE_NUMBERS, BLOCK * 2);
        _tile_loadd(6, now + 2 * TILE_NUMBERS, BLOCK * 2);
        const bf16 *packed = packed_at(task, 0, block);
        GROUP_TIMES(packed)
        GROUP_TIMES(packed + split)
        GROUP_TIMES(packed + 2 * split)
        if (dtype == QUIRE_BF16) {
            continue;
        }
        _tile_stored(0, products, stride);
        _tile_stored(1, products + TILE_SUMS, stride);
        _tile_stored(2, products + 2 * TILE_SUMS, stride);
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        const float *totals = totals_at(task, 0, block);
        for (int t = 0; t < GROUP; t++) {
            float *s = sums + t * TILE_SUMS, *p = products + t * TILE_SUMS;
            if (one) {
                add_block_of_one(s, p, scales + t * TILE, offsets + t * TILE, totals[0],
                                 has_offsets);
            } else {
                add_block(s, p, scales + t * TILE, offsets + t * TILE, totals, has_offsets);
            }
        }
    }
    if (dtype == QUIRE_BF16) {
        _tile_stored(0, sums, stride);
        _tile_stored(1, sums + TILE_SUMS, stride);
        _tile_stored(2, sums + 2 * TILE_SUMS, stride);
    }
    for (int t = 0; t < count; t++) {
        write_tile(task, part, part_column, output[t], 0, sums + t * TILE_SUMS);
    }
}

/* Weights of two tiles of outputs for all inputs. */
typedef struct {
    bf16 *numbers;  /* [2][blocks][16][32] */
    float *scales;  /* [2][blocks][16] */
    float *offsets; /* [2][blocks][16] */
} panel;

static void decode_panel(const amx_task *task, const quire_part *part, const int output[2],
                         panel p) {
    __m512i table = table_of(part->dtype);
    for (int t = 0; t < 2; t++) {
        output_rows rows = output_rows_of(part, output[t]);
        for (int block = 0; block < task->blocks; block++) {
            int64_t at = (int64_t)t * task->blocks + block;
            decode_tile(part->dtype, &rows, block, table, p.numbers + at * TILE_NUMBERS,
                        p.scales + at * TILE, p.offsets + at * TILE);
        }
    }
    STORES_BEFORE_TILES();
}

#define SQUARE_TIMES(SPLIT)                                                                        \
    _tile_loadd(6, packed0 + (SPLIT) * TILE_NUMBERS, BLOCK * 2);                                   \
    _tile_loadd(7, packed1 + (SPLIT) * TILE_NUMBERS, BLOCK * 2);                                   \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    _tile_dpbf16ps(1, 4, 7);                                                                       \
    _tile_dpbf16ps(2, 5, 6);                                                                       \
    _tile_dpbf16ps(3, 5, 7);

static inline void zero_square(void) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
}

static inline void store_square(float *to) {
    _tile_stored(0, to, TILE * 4);
    _tile_stored(1, to + TILE_SUMS, TILE * 4);
    _tile_stored(2, to + 2 * TILE_SUMS, TILE * 4);
    _tile_stored(3, to + 3 * TILE_SUMS, TILE * 4);
}

/* Two tiles of outputs by two tiles of rows; sums are [output tile][row tile][16][16]. */
static void run_square(const amx_task *task, int dtype, panel p, const int row_tile[2], float *sums,
                       float *products) {
    if (dtype != QUIRE_BF16) {
        memset(sums, 0, 4 * TILE_SUMS * sizeof(float));
    }
    zero_square();
    for (int block = 0; block < task->blocks; block++) {
        const bf16 *packed0 = packed_at(task, row_tile[0], block);
        const bf16 *packed1 = packed_at(task, row_tile[1], block);
        _tile_loadd(4, p.numbers + (int64_t)block * TILE_NUMBERS, BLOCK * 2);
        _tile_loadd(5, p.numbers + (int64_t)(task->blocks + block) * TILE_NUMBERS, BLOCK * 2);
        SQUARE_TIMES(0)
        SQUARE_TIMES(1)
        SQUARE_TIMES(2)
        if (dtype == QUIRE_BF16) {
            continue;
        }
        float *now = products + (block & 1) * 4 * TILE_SUMS;
        store_square(now);
        zero_square();
        for (int t = 0; t < 4; t++) {
            int64_t at = (int64_t)(t / 2 * task->blocks + block) * TILE;
            add_block(sums + t * TILE_SUMS, now + t * TILE_SUMS, p.scales + at, p.offsets + at,
                      totals_at(task, row_tile[t % 2], block), dtype == QUIRE_Q4_1);
        }
    }
    if (dtype == QUIRE_BF16) {
        store_square(sums);
    }
}

static void run_squares(const amx_task *task, const quire_part *part, int part_column, int begin,
                        int end, int row_block, float *room) {
    int first = row_block * task->row_block;
    int last = min_int(first + task->row_block, task->row_tiles);
    float *sums = room, *products = sums + 4 * TILE_SUMS, *factors = products + 8 * TILE_SUMS;
    panel p = {.scales = factors,
               .offsets = factors + 2 * task->blocks * TILE,
               .numbers = (bf16 *)(factors + 4 * task->blocks * TILE)};
    for (int n = begin; n < end; n += 2 * TILE) {
        /* A missing second tile is the first one again, and is not written. */
        const int output[2] = {n, n + TILE < end ? n + TILE : n};
        decode_panel(task, part, output, p);
        for (int m = first; m < last; m += 2) {
            const int row_tile[2] = {m, min_int(m + 1, last - 1)};
            run_square(task, part->dtype, p, row_tile, sums, products);
            for (int t = 0; t < 4; t++) {
                int counts = (t / 2 == 0 || output[1] != n) && (t % 2 == 0 || row_tile[1] != m);
                if (counts) {
                    write_tile(task, part, part_column, output[t / 2], row_tile[t % 2],
                               sums + t * TILE_SUMS);
                }
            }
        }
    }
}

static void run_chunk(void *arguments, int chunk, int worker) {
    const amx_task *task = arguments;
    int row_block = chunk % task->row_blocks, column = chunk / task->row_blocks, part_column = 0;
    const quire_part *part = task->parts;
    for (int chunks; column >= (chunks = ceil_div(part->rows, task->column_chunk)); part++) {
        column -= chunks;
        part_column += part->rows;
    }
    int begin = column * task->column_chunk, end = min_int(begin + task->column_chunk, part->rows);
    float *room = (float *)(task->scratch + worker * task->scratch_bytes);
    if (task->row_tiles > 1) {
        configure_tiles(TILE, 2);
        run_squares(task, part, part_column, begin, end, row_block, room);
    } else {
        configure_tiles(task->columns, GROUP);
        for (int n = begin; n < end; n += GROUP * TILE) {
            int count = min_int(GROUP, ceil_div(end - n, TILE));
            const int output[GROUP] = {n, count > 1 ? n + TILE : n, count > 2 ? n + 2 * TILE : n};
            run_group(task, part, part_column, output, count, room);
        }
    }
    _tile_release();
}

static int takes(const quire_part *part, int inputs) {
    int dtype = part->dtype;
    return part->layout == QUIRE_ROWS && inputs % BLOCK == 0
           && (dtype == QUIRE_BF16 || dtype == QUIRE_Q8_0 || dtype == QUIRE_Q4_0
               || dtype == QUIRE_Q4_1);
}

static void plan(amx_task *task, int threads) {
    int64_t tile_bytes = (int64_t)task->blocks * SPLITS * TILE_NUMBERS * 2;
    int most = max_int(2, (int)(ROW_BLOCK_BYTES / tile_bytes));
    int blocks = ceil_div(task->row_tiles, most);
    task->row_block = (ceil_div(task->row_tiles, blocks) + 1) / 2 * 2;
    task->row_blocks = ceil_div(task->row_tiles, task->row_block);
    int unit = (task->row_tiles > 1 ? 2 : GROUP) * TILE;
    int64_t fair =
        (int64_t)task->outputs * task->row_blocks / ((int64_t)threads * CHUNKS_PER_THREAD);
    task->column_chunk = max_int(1, ceil_div((int)fair, unit)) * unit;
    int64_t group = 2 * GROUP * (TILE_SUMS + TILE) + GROUP * TILE_NUMBERS;
    int64_t square = 12 * TILE_SUMS + (int64_t)task->blocks * (4 * TILE + TILE_NUMBERS);
    int64_t floats = task->row_tiles > 1 ? square : group;
    task->scratch_bytes = (floats * (int64_t)sizeof(float) + 63) / 64 * 64;
}

static int run(quire_cpu *cpu, const linear_call *call) {
    int inputs = call->inputs, rows = call->rows;
    amx_task task = {.parts = call->parts,
                     .x = call->x,
                     .out = call->out,
                     .inputs = inputs,
                     .outputs = call->outputs,
                     .rows = rows,
                     .blocks = inputs / BLOCK,
                     .row_tiles = ceil_div(rows, TILE),
                     .columns = rows == 1 ? 1 : TILE};
    if (rows == 0) {
        return QUIRE_OK;
    }
    plan(&task, cpu->threads);
    int64_t tile_blocks = (int64_t)task.row_tiles * task.blocks;
    int64_t packed_bytes = tile_blocks * SPLITS * BLOCK * task.columns * (int64_t)sizeof(bf16);
    if (!region_reserve(&cpu->packed, packed_bytes + tile_blocks * TILE * (int64_t)sizeof(float))
        || !region_reserve(&cpu->scratch, task.scratch_bytes * cpu->threads)) {
        return QUIRE_NO_MEMORY;
    }
    task.packed = (bf16 *)cpu->packed.data;
    task.totals = (float *)(cpu->packed.data + packed_bytes);
    task.scratch = cpu->scratch.data;
    if (rows == 1) {
        pack_one_row(&task);
    } else if ((int64_t)rows * inputs < SERIAL_PACK) {
        for (int tile = 0; tile < task.row_tiles; tile++) {
            pack_tile(&task, tile, 0);
        }
    } else {
        pool_run(cpu->workers, pack_tile, &task, task.row_tiles);
    }
    int chunks = 0;
    for (int i = 0; i < call->num_parts; i++) {
        chunks += ceil_div(call->parts[i].rows, task.column_chunk);
    }
    return answer(pool_run(cpu->workers, run_chunk, &task, chunks * task.row_blocks));
}

const linear_kernel linear_amx = {
    .needs = QUIRE_AVX512 | QUIRE_AMX,
    .takes = takes,
    .run = run,
};
