// Asynchronous copies, mbarriers and tensor maps.
#include "decoder.h"

namespace emu::ptx {
void Decoder::copy() {
    i.kind = Async;
    if (has("bulk")) {
        bulk_copy();
    } else {
        copy_async();
    }
}

void Decoder::copy_async() {
    if (has("reduce")) {
        throw Unsupported{"cp.reduce"};
    }
    if (has("commit_group")) {
        i.execute = copy_commit;
    } else if (has("wait_group") || has("wait_all")) {
        i.execute = copy_wait;
        i.mode = has("wait_all");
        i.immediate = i.mode ? 0 : argument(0).bits;
    } else if (has("mbarrier")) {
        i.execute = copy_arrive;
        i.mode = has("noinc");
        main_address(argument(0));
    } else {
        i.execute = emu::copy_async;
        i.bytes = u8(argument(2).bits);
        if (i.bytes != 4 && i.bytes != 8 && i.bytes != 16) {
            throw Unsupported{"size of cp.async"};
        }
        // An operand more says how much is read or, a predicate, that nothing is; the last may be
        // a cache policy.
        i.count = 0;
        size_t left = s->arguments.size() - 3 - (has("L2::cache_hint") ? 1 : 0);
        if (left > 0) {
            Register *r =
                argument(3).kind == Argument::Name ? find_register(argument(3).name) : nullptr;
            i.count = r && r->predicate ? 2 : 1;
            (r && r->predicate ? i.c : i.b) = r && r->predicate ? r->at : source(argument(3), 4);
        }
        more().transfer.other = address(argument(1));
        main_address(argument(0));
    }
}

void Decoder::bulk_copy() {
    if (has("commit_group")) {
        i.execute = bulk_commit;
        return;
    }
    if (has("wait_group")) {
        i.execute = bulk_wait;
        i.immediate = argument(0).bits;
        return;
    }
    if (has("prefetch")) {
        i.execute = nothing;
        return;
    }
    if (has("shared::cta") && has("shared::cluster")) {
        throw Unsupported{"copy between blocks"};
    }
    Transfer &t = more().transfer;
    for (auto &m : s->modifiers) {
        if (m.rfind("im2col", 0) == 0 || m.rfind("tile::", 0) == 0) {
            throw Unsupported{m};
        }
        if (m.size() == 2 && m[1] == 'd') {
            t.dims = m[0] - '0';
        }
    }
    const bool tensor = has("tensor");
    t.adds = has("reduce");
    if (t.adds && (!has("add") || !tensor)) {
        throw Unsupported{"reduction of a bulk copy"};
    }
    // To shared: [to], [from], bytes, [mbarrier]. From there: [to], [from], bytes. With a tensor
    // map, its address and coordinates stand for the global address, and there is no size.
    const bool to_shared = has("mbarrier::complete_tx::bytes");
    const Argument &global = argument(to_shared ? 1 : 0);
    t.other = address(global);
    if (!tensor) {
        extra->c.push_back(source(argument(2), 4));
    } else if (global.parts.empty()) {
        throw Unsupported{"no coordinates"};
    } else {
        for (auto &x : list(global.parts[0])) {
            extra->r.push_back(source(x, 4));
        }
        if (extra->r.size() != size_t(t.dims)) {
            throw Unsupported{"number of coordinates"};
        }
    }
    if (to_shared) {
        const size_t at = tensor ? 2 : 3;
        t.mbarrier = address(argument(at));
        i.mode = has("multicast::cluster");
        if (i.mode) { // a mask of ranks, of 16 bits
            u8 width;
            extra->b.push_back(source_any(argument(at + 1), 2, &width));
        }
    }
    main_address(argument(to_shared ? 0 : 1));
    i.execute = to_shared ? bulk_load : bulk_store;
}

void Decoder::mbarrier() {
    i.kind = Async;
    const std::string what = s->modifiers.empty() ? "" : s->modifiers[0];
    if (what == "init") {
        i.execute = mbarrier_init;
        main_address(argument(0));
        i.b = source(argument(1), 4);
    } else if (what == "inval") {
        i.execute = mbarrier_invalidate;
        main_address(argument(0));
    } else if (what == "arrive" && !has("noComplete")) {
        i.execute = mbarrier_arrive;
        const size_t at = argument(0).kind == Argument::Address ? 0 : 1; // with no result, or one
        main_address(argument(at));
        i.count = at && argument(0).kind != Argument::Sink;
        i.d = i.count ? destination(argument(0), 8) : 0;
        i.mode = has("expect_tx");
        i.b = s->arguments.size() > at + 1 ? source(argument(at + 1), 4) : constant(1, 4);
    } else if (what == "expect_tx" || what == "complete_tx") {
        i.execute = mbarrier_expect;
        main_address(argument(0));
        i.b = source(argument(1), 4);
        i.mode = what == "complete_tx";
    } else if (what == "try_wait" || what == "test_wait") {
        i.execute = mbarrier_wait;
        i.d = predicate(argument(0));
        i.mode = has("parity");
        i.b = source(argument(2), i.mode ? 4 : 8);
        main_address(argument(1));
    } else {
        throw Unsupported{"mbarrier." + what};
    }
}

void Decoder::tensor_map() {
    i.kind = Async;
    if (has("cp_fenceproxy")) {
        more().transfer.other = address(argument(1));
        main_address(argument(0));
        i.execute = tensor_map_copy;
        return;
    }
    if (s->modifiers.size() < 3) {
        throw Unsupported{"tensormap"};
    }
    spaces();
    more().text = s->modifiers[2];
    extra->index = s->arguments.size() > 2 ? int(argument(1).bits) : 0;
    u8 width;
    i.b = source_any(s->arguments.back(), type_bytes(last_type()), &width);
    extra->width = {width};
    main_address(argument(0));
    i.execute = tensor_map_replace;
}
} // namespace emu::ptx
