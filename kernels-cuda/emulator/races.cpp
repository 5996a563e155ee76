#include "races.h"

#include <algorithm>

#include "block.h"
#include "fault.h"

namespace emu {
void Races::start(u32 warps, u32 shared_bytes) {
    const u32 num_groups = (warps + 3) / 4, num_cells = shared_bytes / 2 + 1;
    threads = int(warps + 1 + num_groups);
    cells.assign(num_cells, {});
    reads.assign(size_t(num_cells) * size_t(threads), 0);
    read_lines.assign(num_cells, 0);
    mbarriers.clear();
    copies.assign(size_t(threads), 0);
    copies[warps] = 1;
    groups.assign(num_groups, Clock(size_t(threads), 0));
    for (u32 g = 0; g < num_groups; g++) {
        groups[g][warps + 1 + g] = 1;
    }
}

void join(Clock &to, const Clock &from) {
    to.resize(std::max(to.size(), from.size()));
    for (size_t k = 0; k < from.size(); k++) {
        to[k] = std::max(to[k], from[k]);
    }
}

void race_access(Block &b, int thread, u32 at, u32 bytes, bool write, s32 line, int lane) {
    Races &r = b.races;
    const int warps = int(b.num_warps), me = thread == COPY_ENGINE ? warps : thread;
    const Clock &mine = me < warps    ? b.warps[size_t(me)].clock
                        : me == warps ? r.copies
                                      : r.groups[size_t(me - warps - 1)];
    const char *what = write ? "write" : "read";
    for (u32 c = at / 2; c <= (at + bytes - 1) / 2; c++) {
        Races::Cell &cell = r.cells[c];
        u32 *reads = &r.reads[size_t(c) * size_t(r.threads)];
        if (cell.writer >= 0 && cell.writer != me && cell.written > mine[size_t(cell.writer)]) {
            fault(Wrong::SharedRace, lane,
                  "shared 0x%x: %s by warp %d is not ordered after the write by warp %d at line %d",
                  c * 2 + SHARED_START, what, me, cell.writer, cell.line);
        }
        if (!write) {
            reads[me] = mine[size_t(me)];
            r.read_lines[c] = line;
            continue;
        }
        for (int k = 0; k < r.threads; k++) {
            if (k != me && reads[k] > mine[size_t(k)]) {
                fault(Wrong::SharedRace, lane,
                      "shared 0x%x: write by warp %d is not ordered after a read by warp %d at "
                      "line %d",
                      c * 2 + SHARED_START, me, k, r.read_lines[c]);
            }
        }
        cell = {mine[size_t(me)], s16(me), line};
    }
}
} // namespace emu
