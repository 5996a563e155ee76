#include "report.h"

#include <algorithm>
#include <cstdio>
#include <mutex>

#include "block.h"
#include "fault.h"

namespace emu {
namespace {
std::mutex &lock = *new std::mutex;
std::string &last = *new std::string("no error");

std::string quoted(const std::string &text) {
    std::string out = "\"";
    for (char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (u8(c) < 0x20) {
            out += format("\\u%04x", u8(c));
        } else {
            out += c;
        }
    }
    return out + "\"";
}

void append(const std::string &file, const std::string &line) {
    if (file.empty()) {
        return;
    }
    if (FILE *f = fopen(file.c_str(), "a")) {
        fprintf(f, "%s\n", line.c_str());
        fclose(f);
    } else {
        fprintf(stderr, "[emulator] cannot write %s\n", file.c_str());
    }
}

void tell(const std::string &sentence, const std::string &line) {
    std::lock_guard held(lock);
    last = sentence;
    fprintf(stderr, "[emulator] %s\n", sentence.c_str());
    append(settings.report, line);
}

std::string triple(const u32 *v) {
    return format("[%u,%u,%u]", v[0], v[1], v[2]);
}
} // namespace

std::string Report::sentence() const {
    std::string s = kind + ": " + message;
    s += format("\n  kernel %s, block (%u,%u,%u), warp %d, thread (%u,%u,%u)", kernel.c_str(),
                block[0], block[1], block[2], warp, thread[0], thread[1], thread[2]);
    if (line > 0) {
        s += format("\n  PTX line %d: %.160s", line, text.c_str());
    }
    if (source_line > 0) {
        s += format("\n  source %s:%d", source.c_str(), source_line);
    }
    return s;
}

void publish(const Report &r) {
    std::string line = "{\"report\":\"fault\",\"kind\":" + quoted(r.kind)
                       + ",\"message\":" + quoted(r.message) + ",\"kernel\":" + quoted(r.kernel)
                       + ",\"block\":" + triple(r.block) + ",\"thread\":" + triple(r.thread)
                       + format(",\"warp\":%d,\"ptxLine\":%d", r.warp, r.line)
                       + ",\"ptx\":" + quoted(r.text) + ",\"file\":" + quoted(r.source)
                       + format(",\"line\":%d,\"result\":%d}", r.source_line, r.result);
    tell(r.sentence(), line);
}

static std::string driver_line(const char *kind, const std::string &message, int result) {
    return "{\"report\":\"driver\",\"kind\":" + quoted(kind) + ",\"message\":" + quoted(message)
           + format(",\"result\":%d}", result);
}
void publish(const char *kind, const std::string &message, int result) {
    tell(std::string(kind) + ": " + message, driver_line(kind, message, result));
}
void note(const char *kind, const std::string &message) {
    std::lock_guard held(lock);
    append(settings.report, driver_line(kind, message, 0));
}

// Of all launches of the function up to this one, for the first, the second, the fourth and so on.
static void publish_lines(const Launch &l) {
    const Function &f = *l.function;
    if (!f.totals) {
        f.totals = std::make_shared<LineTotals>();
        f.totals->lines.resize(l.count.lines.size());
    }
    LineTotals &t = *f.totals;
    for (size_t k = 0; k < std::min(t.lines.size(), l.count.lines.size()); k++) {
        t.lines[k].add(l.count.lines[k]);
    }
    t.launches++;
    if (t.launches & (t.launches - 1)) {
        return;
    }
    std::string all;
    for (size_t k = 0; k < t.lines.size(); k++) {
        const LineCounts &c = t.lines[k];
        if (!c.instructions) {
            continue;
        }
        const int ptx = f.first_line + int(k);
        auto [file, line] = f.module->source(ptx);
        auto n = [](u64 value) { return (unsigned long long)value; };
        all += (all.empty() ? "" : ",") + format("{\"ptxLine\":%d,\"file\":", ptx) + quoted(file)
               + format(",\"line\":%d,\"instructions\":%llu,\"bytes\":%llu,\"sectors\":%llu,"
                        "\"sharedWavefronts\":%llu}",
                        line, n(c.instructions), n(c.bytes), n(c.sectors), n(c.shared_wavefronts));
    }
    append(settings.counts,
           "{\"report\":\"lines\",\"kernel\":" + quoted(f.name)
               + format(",\"launches\":%llu,\"lines\":[", (unsigned long long)t.launches) + all
               + "]}");
}

void publish_counts(const Launch &l) {
    if (settings.counts.empty()) {
        return;
    }
    const Counters &c = l.count;
    std::string line = "{\"report\":\"launch\",\"kernel\":" + quoted(l.function->name)
                       + ",\"grid\":" + triple(l.grid) + ",\"block\":" + triple(l.block)
                       + ",\"instructions\":{";
    for (int k = 0; k < CLASSES; k++) {
        line += format("%s\"%s\":%llu", k ? "," : "", class_names[k],
                       (unsigned long long)c.instructions[k]);
    }
    auto field = [&](const char *name, u64 value) {
        line += format(",\"%s\":%llu", name, (unsigned long long)value);
    };
    line += "}";
    field("globalBytes", c.global_bytes);
    field("sectors", c.sectors);
    field("sharedAccesses", c.shared_accesses);
    field("sharedWavefronts", c.shared_wavefronts);
    field("asyncBytes", c.async_bytes);
    field("tensorOperations", c.tensor_operations);
    field("barriers", c.barriers);
    field("serializedWgmma", c.serialized_wgmma);
    std::lock_guard held(lock);
    publish_lines(l);
    append(settings.counts, line + "}");
}

std::string last_report() {
    std::lock_guard held(lock);
    return last;
}
} // namespace emu
