// replay FILE does recorded launches again, in a program that a sanitizer watches: each allocation is an
// array of its own, and each CUDA thread a thread. What comes out must be what was recorded, bit for bit.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "launch.h"
#include "record.h"

using namespace runner;

namespace {

struct Memory {
    uint64_t address;  // where it was
    size_t size;
    std::unique_ptr<char[]> bytes;
};

[[noreturn]] void stop(const std::string& why) {
    fprintf(stderr, "replay: %s\n", why.c_str());
    exit(1);
}

struct Reader {
    FILE* f;
    bool bytes(void* to, size_t n) { return fread(to, 1, n, f) == n; }
    uint64_t word() {
        uint64_t v;
        if (!bytes(&v, sizeof v)) stop("the recording ends in the middle of a launch");
        return v;
    }
};

// moved is where an address of the recording is now.
uint64_t moved(const std::vector<Memory>& all, uint64_t address) {
    for (auto& m : all) {
        if (address >= m.address && address <= m.address + m.size) return reinterpret_cast<uint64_t>(m.bytes.get()) + (address - m.address);
    }
    stop("an argument points to memory that was not recorded");
}

// next replays one launch; false at the end of the file.
bool next(Reader& r, int& launches) {
    uint64_t mark;
    if (!r.bytes(&mark, sizeof mark)) return false;
    if (mark != record_mark) stop("this is no recording");
    std::string name(r.word(), 0);
    if (!r.bytes(&name[0], name.size())) stop("a name is cut off");
    Launch l = {};
    l.kernel = find(name);
    if (!l.kernel) stop("there is no kernel " + name);
    for (auto& g : l.grid) g = (unsigned)r.word();
    for (auto& b : l.block) b = (unsigned)r.word();
    l.shared = r.word();
    for (int i = 0; i < l.kernel->params; i++) l.words[i] = r.word();
    std::vector<Memory> all(r.word());
    for (auto& m : all) {
        m.address = r.word();
        m.size = r.word();
        m.bytes.reset(new char[m.size]);
        if (!r.bytes(m.bytes.get(), m.size)) stop("memory is cut off");
    }
    for (int i = 0; i < l.kernel->params; i++) {
        if (l.kernel->pointer[i] && l.words[i]) l.words[i] = moved(all, l.words[i]);
    }
    std::string wrong = run(l);
    if (!wrong.empty()) stop(wrong);
    for (auto& m : all) {
        std::vector<char> want(m.size);
        if (!r.bytes(want.data(), m.size)) stop("results are cut off");
        if (memcmp(want.data(), m.bytes.get(), m.size) != 0) stop("kernel " + name + ": the bits differ from those recorded");
    }
    launches++;
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) stop("usage: replay FILE");
    Reader r = {fopen(argv[1], "rb")};
    if (!r.f) stop(std::string("can't open ") + argv[1]);
    int launches = 0;
    while (next(r, launches)) {
    }
    fclose(r.f);
    if (launches == 0) stop("there are no launches in it");
    printf("%d launches replayed\n", launches);
}
