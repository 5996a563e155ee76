// Registers, constants and special registers.
#include <algorithm>

#include "decoder.h"

namespace emu::ptx {
// A register stands for itself or is one of a family as %r<100>.
std::string Decoder::register_type(const std::string &name, int scope) const {
    const Scope &here = routine.scopes[size_t(scope)];
    if (auto r = here.registers.find(name); r != here.registers.end()) {
        return r->second;
    }
    size_t n = name.find_last_not_of("0123456789") + 1;
    auto f = n < name.size() ? here.families.find(name.substr(0, n)) : here.families.end();
    return f == here.families.end() ? "" : f->second;
}

u32 Decoder::new_register(u32 bytes) {
    u32 at = rounded_up(out.register_bytes, 64);
    out.register_bytes = at + std::max(2u, bytes) * LANES;
    return at;
}

Decoder::Register *Decoder::find_register(const std::string &name) {
    for (int scope = s->scope; scope >= 0; scope = routine.scopes[size_t(scope)].parent) {
        std::string type = register_type(name, scope);
        if (type.empty()) {
            continue;
        }
        auto [r, made] = registers.try_emplace(scoped_name(scope, name));
        if (made) {
            bool predicate = type == "pred";
            u32 bytes = std::max(2u, type_bytes(type));
            r->second = {predicate ? out.predicates++ : new_register(bytes), u8(bytes), predicate};
        }
        if (!r->second.predicate) {
            used.push_back(r->second.at);
        }
        return &r->second;
    }
    return nullptr;
}

u32 Decoder::lanes(const void *values, u32 bytes) {
    std::string key(static_cast<const char *>(values), bytes);
    auto [c, made] = constants.try_emplace(key, u32(out.constants.size()) | 1);
    if (made) {
        out.constants.insert(out.constants.end(), key.begin(), key.end());
        out.constants.resize(rounded_up(u32(out.constants.size()), 64));
    }
    return c->second;
}

u32 Decoder::constant(u64 value, u32 bytes) {
    std::vector<u8> all;
    for (int l = 0; l < LANES; l++) {
        for (u32 k = 0; k < bytes; k++) {
            all.push_back(u8(value >> (8 * k)));
        }
    }
    return lanes(all.data(), u32(all.size()));
}

u32 Decoder::special(Special which) {
    if (!out.special[which]) {
        out.special[which] = new_register(4);
    }
    return out.special[which];
}

bool Decoder::special_register(const std::string &name, u8 &width, u32 &at) {
    static const std::map<std::string, Special> by_block = {
        {"%tid.x", TidX},
        {"%tid.y", TidY},
        {"%tid.z", TidZ},
        {"%ntid.x", NtidX},
        {"%ntid.y", NtidY},
        {"%ntid.z", NtidZ},
        {"%ctaid.x", CtaX},
        {"%ctaid.y", CtaY},
        {"%ctaid.z", CtaZ},
        {"%nctaid.x", NctaX},
        {"%nctaid.y", NctaY},
        {"%nctaid.z", NctaZ},
        {"%clusterid.x", ClusterX},
        {"%clusterid.y", ClusterY},
        {"%clusterid.z", ClusterZ},
        {"%nclusterid.x", NclusterX},
        {"%nclusterid.y", NclusterY},
        {"%nclusterid.z", NclusterZ},
        {"%cluster_ctaid.x", InClusterX},
        {"%cluster_ctaid.y", InClusterY},
        {"%cluster_ctaid.z", InClusterZ},
        {"%cluster_nctaid.x", ClusterSizeX},
        {"%cluster_nctaid.y", ClusterSizeY},
        {"%cluster_nctaid.z", ClusterSizeZ},
        {"%cluster_ctarank", ClusterRank},
        {"%cluster_nctarank", ClusterSize},
        {"%warpid", WarpId},
        {"%smid", SmId},
        {"%dynamic_smem_size", DynamicShared},
    };
    static const std::map<std::string, u32 (*)(u32)> by_lane = {
        {"%laneid", [](u32 l) { return l; }},
        {"%lanemask_eq", [](u32 l) { return 1u << l; }},
        {"%lanemask_lt", [](u32 l) { return (1u << l) - 1; }},
        {"%lanemask_le", [](u32 l) { return u32((2ull << l) - 1); }},
        {"%lanemask_gt", [](u32 l) { return ~u32((2ull << l) - 1); }},
        {"%lanemask_ge", [](u32 l) { return ~((1u << l) - 1); }},
    };
    static const std::map<std::string, u64> same = {
        {"WARP_SZ", 32},
        {"%nsmid", 4},
        {"%nwarpid", 64},
        {"%gridid", 0},
    };
    if (auto b = by_block.find(name); b != by_block.end()) {
        width = 4;
        at = special(b->second);
        return true;
    }
    if (auto l = by_lane.find(name); l != by_lane.end()) {
        u32 values[LANES];
        width = 4;
        for (u32 k = 0; k < LANES; k++) {
            values[k] = l->second(k);
        }
        at = lanes(values, sizeof values);
        return true;
    }
    auto c = same.find(name);
    bool known = c != same.end() || name.rfind("%envreg", 0) == 0;
    if (known) {
        at = constant(c == same.end() ? 0 : c->second, width);
    }
    return known;
}

} // namespace emu::ptx
