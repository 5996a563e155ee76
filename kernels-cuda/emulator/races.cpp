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
    copies = {};
    copies.seen.assign(size_t(threads), 0);
    copies.seen[warps] = 1;
    groups.assign(num_groups, {});
    for (u32 g = 0; g < num_groups; g++) {
        groups[g].seen.assign(size_t(threads), 0);
        groups[g].seen[warps + 1 + g] = 1;
    }
}

static void need_proxy_fence(const Races &r, u32 c, int warps, const Clock &mine,
                             const Touch &access) {
    const Races::Cell &cell = r.cells[c];
    if (cell.writer < 0 || cell.writer >= warps || !cell.generic) {
        return;
    }
    const size_t writer = size_t(cell.writer);
    if (writer >= mine.proxied.size() || cell.written > mine.proxied[writer]) {
        fault(Wrong::ProxyFence, access.lane,
              "shared 0x%x: the asynchronous proxy %s what warp %d stored at line %d, and there is "
              "no fence.proxy.async between them",
              c * 2 + SHARED_START, access.write ? "overwrites" : "reads", cell.writer, cell.line);
    }
}

void need_proxy_fence(Block &b, const Clock &mine, const Touch &access) {
    for (u32 c = access.at / 2; c <= (access.at + access.bytes - 1) / 2; c++) {
        need_proxy_fence(b.races, c, int(b.num_warps), mine, access);
    }
}

void race_access(Block &b, int thread, const Touch &access) {
    Races &r = b.races;
    const int warps = int(b.num_warps), me = thread == COPY_ENGINE ? warps : thread;
    const Clock &clock = me < warps    ? b.warps[size_t(me)].clock
                         : me == warps ? r.copies
                                       : r.groups[size_t(me - warps - 1)];
    const Times &mine = clock.seen;
    const char *what = access.write ? "write" : "read";
    for (u32 c = access.at / 2; c <= (access.at + access.bytes - 1) / 2; c++) {
        Races::Cell &cell = r.cells[c];
        u32 *reads = &r.reads[size_t(c) * size_t(r.threads)];
        if (cell.writer >= 0 && cell.writer != me && cell.written > mine[size_t(cell.writer)]) {
            fault(Wrong::SharedRace, access.lane,
                  "shared 0x%x: %s by warp %d is not ordered after the write by warp %d at line %d",
                  c * 2 + SHARED_START, what, me, cell.writer, cell.line);
        }
        if (me >= warps) {
            need_proxy_fence(r, c, warps, clock, access);
        }
        if (!access.write) {
            reads[me] = mine[size_t(me)];
            r.read_lines[c] = access.line;
            continue;
        }
        for (int k = 0; k < r.threads; k++) {
            if (k != me && reads[k] > mine[size_t(k)]) {
                fault(Wrong::SharedRace, access.lane,
                      "shared 0x%x: write by warp %d is not ordered after a read by warp %d at "
                      "line %d",
                      c * 2 + SHARED_START, me, k, r.read_lines[c]);
            }
        }
        cell = {mine[size_t(me)], s16(me), me < warps && !access.lands, access.line};
    }
}
} // namespace emu
