#include "launch.h"

#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "block.h"
#include "sanitizers.h"

namespace runner {

static std::map<std::string, const Kernel*>& table() {
    static std::map<std::string, const Kernel*> t;
    return t;
}

Register::Register(const Kernel* k) { table()[k->name] = k; }

const Kernel* find(const std::string& name) {
    auto at = table().find(name);
    return at == table().end() ? nullptr : at->second;
}

// workers is how many OS threads share a grid's blocks. More than one lets thread sanitizer see two
// blocks that touch the same memory; a few make large grids quicker.
static unsigned workers() {
    static const unsigned n = [] {
        const char* s = getenv("RUNNER_WORKERS");
        unsigned asked = s ? (unsigned)atoi(s) : 0;
        if (asked > 0) return asked;
        unsigned cores = std::thread::hardware_concurrency();
        return cores < 1 ? 1u : cores > 8 ? 8u : cores;
    }();
    return n;
}

// A worker does every n-th block of a grid.
static void share(Block& block, const Launch& l, unsigned first, unsigned step, std::string& error) {
    uint64_t total = (uint64_t)l.grid[0] * l.grid[1] * l.grid[2];
    for (uint64_t i = first; i < total && error.empty(); i += step) {
        block.run(l, (unsigned)(i % l.grid[0]), (unsigned)(i / l.grid[0] % l.grid[1]), (unsigned)(i / l.grid[0] / l.grid[1]));
        error = block.error();
    }
}

std::string run(const Launch& l) {
    static std::mutex one;  // launch at a time: a worker's shared memory is its own
    static std::vector<Block> blocks(workers());
    std::lock_guard<std::mutex> lock(one);
    uint64_t total = (uint64_t)l.grid[0] * l.grid[1] * l.grid[2];
    uint64_t threads = total * l.block[0] * l.block[1] * l.block[2];
    const uint64_t worth = 1 << 13;  // threads below which starting an OS thread costs more than it gives
    unsigned n = total < workers() ? (unsigned)total : workers();
    tsan_release(&Block::launch_begins);
    std::vector<std::string> errors(n);
    if (n == 1 || (threads < worth && !getenv("RUNNER_WORKERS"))) {
        share(blocks[0], l, 0, 1, errors[0]);
    } else {
        // All begin when all are there: else one could inherit the shared memory of one that has ended.
        std::promise<void> all;
        std::shared_future<void> there = all.get_future().share();
        std::vector<std::thread> crew;
        for (unsigned w = 0; w < n; w++) {
            crew.emplace_back([&, w] {
                there.wait();
                share(blocks[w], l, w, n, errors[w]);
            });
        }
        all.set_value();
        for (auto& t : crew) t.join();
    }
    tsan_acquire(&Block::launch_ends);
    for (auto& e : errors) {
        if (!e.empty()) return e;
    }
    return "";
}

}  // namespace runner
