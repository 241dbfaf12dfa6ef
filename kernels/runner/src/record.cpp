// Recording of launches, for the replays under sanitizers: RUNNER_RECORD names a file, to which the first
// few launches of each kernel and each shape are added, with all memory that they can reach.
#include "record.h"

#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "driver.h"

namespace runner {

static const char* file() {
    static const char* name = getenv("RUNNER_RECORD");
    return name && *name ? name : nullptr;
}

// wanted tells whether this launch adds something: few of each kernel, of different sizes, and not large.
static bool wanted(const Launch& l, size_t bytes) {
    static std::map<std::string, std::set<std::string>> seen;
    const size_t most = 4, largest = 1 << 20;
    if (bytes > largest) return false;
    std::string shape = std::to_string(l.grid[0]) + " " + std::to_string(l.grid[1]) + " ";
    for (int i = 0; i < l.kernel->params; i++) {
        if (!l.kernel->pointer[i]) shape += std::to_string(l.words[i]) + " ";
        else shape += l.words[i] ? "p " : "0 ";
    }
    auto& shapes = seen[l.kernel->name];
    return shapes.size() < most && shapes.insert(shape).second;
}

static std::string pending;  // the launch in progress, without what comes of it
static std::vector<std::pair<uint64_t, size_t>> reached;

static void put(std::string& to, const void* p, size_t n) { to.append(static_cast<const char*>(p), n); }
static void put(std::string& to, uint64_t v) { put(to, &v, sizeof v); }

void record_before(const Launch& l, const Context& c) {
    pending.clear();
    if (!file()) return;
    std::map<uint64_t, size_t> memory;
    size_t bytes = 0;
    for (int i = 0; i < l.kernel->params; i++) {
        if (!l.kernel->pointer[i] || !l.words[i]) continue;
        Range r = reach(c, l.words[i]);
        if (memory.insert({r.from, r.bytes}).second) bytes += r.bytes;
    }
    if (!wanted(l, bytes)) return;
    put(pending, record_mark);
    put(pending, strlen(l.kernel->name));
    put(pending, l.kernel->name, strlen(l.kernel->name));
    for (int i = 0; i < 3; i++) put(pending, l.grid[i]);
    for (int i = 0; i < 3; i++) put(pending, l.block[i]);
    put(pending, l.shared);
    for (int i = 0; i < l.kernel->params; i++) put(pending, l.words[i]);
    put(pending, memory.size());
    reached.assign(memory.begin(), memory.end());
    for (auto& m : reached) {
        put(pending, m.first);
        put(pending, m.second);
        put(pending, reinterpret_cast<const void*>(m.first), m.second);
    }
}

void record_after(const Launch&, const Context&) {
    if (pending.empty()) return;
    for (auto& m : reached) put(pending, reinterpret_cast<const void*>(m.first), m.second);
    FILE* f = fopen(file(), "ab");
    if (!f || flock(fileno(f), LOCK_EX) || fwrite(pending.data(), 1, pending.size(), f) != pending.size() || fclose(f)) {
        perror(file());
        abort();
    }
}

}  // namespace runner
