// What the emulator tells: a text on stderr, and a line of JSON where a file is named.
#pragma once

#include <string>

#include "instruction.h"

namespace emu {
struct Counters;
struct Launch;

// A fault of a kernel, and where it happened.
struct Report {
    std::string kind, message, kernel;
    u32 block[3] = {}, thread[3] = {};
    int warp = 0, line = 0;
    std::string text; // of the PTX line
    std::string source;
    int source_line = 0;
    int result = 0;
    std::string sentence() const;
};

void publish(const Report &report);
// Something that no kernel did: refused PTX, a leak, a planted fault.
void publish(const char *kind, const std::string &message, int result);
// What is worth a line of data, and no word on the screen.
void note(const char *kind, const std::string &message);
void publish_counts(const Launch &launch);
// What was published last, in words.
std::string last_report();
} // namespace emu
