// Where diverged lanes meet again: immediate post-dominators of the basic blocks (Cooper, Harvey,
// Kennedy: A simple, fast dominance algorithm).
#include <algorithm>

#include "decoder.h"

namespace emu::ptx {
namespace {
bool is_branch(const Instruction &i) {
    return i.execute == branch || i.execute == branch_indexed;
}
bool ends(const Instruction &i) {
    return i.execute == leave_kernel || i.execute == trap;
}

// Basic blocks; one more stands for the end of the kernel.
struct Flow {
    const std::vector<Instruction> &code;
    std::vector<u32> starts;
    std::vector<std::vector<int>> next, before;

    explicit Flow(const std::vector<Instruction> &c) : code(c) {
        find_starts();
        next.resize(starts.size() + 1);
        before.resize(starts.size() + 1);
        for (int b = 0; b < end(); b++) {
            link(b);
            for (int n : next[size_t(b)]) {
                before[size_t(n)].push_back(b);
            }
        }
    }
    int end() const {
        return int(starts.size());
    }
    int of(u32 pc) const {
        auto behind = std::upper_bound(starts.begin(), starts.end(), pc);
        return pc >= code.size() ? end() : int(behind - starts.begin()) - 1;
    }

  private:
    void find_starts() {
        std::set<u32> all{0};
        for (u32 n = 0; n < code.size(); n++) {
            const Instruction &i = code[n];
            if (i.execute == branch) {
                all.insert(i.target);
            } else if (i.execute == branch_indexed) {
                all.insert(i.more->r.begin(), i.more->r.end());
            }
            if (is_branch(i) || ends(i)) {
                all.insert(n + 1);
            }
        }
        starts.assign(all.begin(), all.lower_bound(u32(code.size())));
    }
    void link(int b) {
        u32 last = (b + 1 < end() ? starts[size_t(b) + 1] : u32(code.size())) - 1;
        const Instruction &i = code[last];
        auto &to = next[size_t(b)];
        if (i.execute == branch) {
            to.push_back(of(i.target));
        } else if (i.execute == branch_indexed) {
            for (u32 target : i.more->r) {
                to.push_back(of(target));
            }
        } else if (ends(i)) {
            to.push_back(end());
        }
        if (to.empty() || i.guard != 1) {
            to.push_back(of(last + 1));
        }
    }
};

struct PostDominators {
    const Flow &flow;
    std::vector<int> order, postorder, immediate;

    explicit PostDominators(const Flow &f)
        : flow(f), order(f.next.size(), -1), immediate(f.next.size(), -1) {
        walk_backwards();
        immediate[size_t(flow.end())] = flow.end();
        while (improve()) {}
    }

  private:
    void walk_backwards() {
        std::vector<bool> seen(flow.next.size());
        std::vector<std::pair<int, size_t>> work{{flow.end(), 0}};
        seen[size_t(flow.end())] = true;
        while (!work.empty()) {
            auto &[b, k] = work.back();
            auto &before = flow.before[size_t(b)];
            if (k == before.size()) {
                order[size_t(b)] = int(postorder.size());
                postorder.push_back(b);
                work.pop_back();
                continue;
            }
            int q = before[k++];
            if (!seen[size_t(q)]) {
                seen[size_t(q)] = true;
                work.push_back({q, 0});
            }
        }
    }
    int meet(int x, int y) const {
        while (x != y) {
            while (order[size_t(x)] < order[size_t(y)])
                x = immediate[size_t(x)];
            while (order[size_t(y)] < order[size_t(x)])
                y = immediate[size_t(y)];
        }
        return x;
    }
    bool improve() {
        bool changed = false;
        for (size_t k = postorder.size(); k--;) {
            int b = postorder[k], d = -1;
            if (b == flow.end()) {
                continue;
            }
            for (int n : flow.next[size_t(b)]) {
                if (immediate[size_t(n)] >= 0) {
                    d = d < 0 ? n : meet(d, n);
                }
            }
            changed |= d != immediate[size_t(b)];
            immediate[size_t(b)] = d;
        }
        return changed;
    }
};
} // namespace

void Decoder::reconverge() {
    Flow flow(out.code);
    PostDominators dominators(flow);
    for (u32 n = 0; n < out.code.size(); n++) {
        if (is_branch(out.code[n])) {
            int d = dominators.immediate[size_t(flow.of(n))];
            out.code[n].rejoin = d < 0 || d == flow.end() ? NOWHERE : flow.starts[size_t(d)];
        }
    }
}
} // namespace emu::ptx
