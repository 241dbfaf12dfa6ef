// One block in progress: its threads as fibers, its barriers, the exchange within its warps.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "fiber.h"
#include "launch.h"

namespace runner {

// Block runs blocks one after another, on one OS thread. It is that thread's `current`.
class Block {
   public:
    // run does the block of a launch at that place in its grid. What is wrong is in error().
    void run(const Launch& l, unsigned x, unsigned y, unsigned z);
    const std::string& error() const { return error_; }

    // What kernels call, on the fiber of a thread.
    void* shared() { return shared_.data(); }
    unsigned lane() const { return running_ % 32; }
    void sync_block();
    void sync_warp(unsigned mask);
    uint64_t exchange(unsigned mask, uint64_t value, int from);
    unsigned ballot(unsigned mask, int predicate);

    // For thread sanitizer: what comes before a launch and after it, and before and after fences.
    static char launch_begins, launch_ends, fences;

   private:
    enum class Waits : char { No, Warp, Block };
    enum class What : char { Sync, Shuffle, Ballot };
    struct Thread {
        Fiber fiber;
        Waits waits = Waits::No;
        What what = What::Sync;
        unsigned mask = 0;
        int turns[2] = {};  // barriers passed: of the block, of the warp
    };
    struct alignas(16) Sixteen { char bytes[16]; };

    static void thread_body(void* self);
    void go_on(unsigned t, bool start);
    void run_warp(unsigned w, bool start);
    bool release_warp(unsigned w);
    bool release_block();
    void wait(Waits kind, What what, unsigned mask, bool orders);
    void fail(const char* format, ...) __attribute__((format(printf, 2, 3)));

    const Launch* launch_ = nullptr;
    unsigned threads_ = 0, running_ = 0, count_ = 0;
    std::vector<std::unique_ptr<Thread>> all_;
    std::vector<Sixteen> shared_;
    uint64_t slots_[32][32];  // what each lane of each warp gives
    std::string error_;
    // Addresses that thread sanitizer orders by: barriers, and the ends of this and the previous block.
    char block_sync_[2], warp_sync_[32][2], blocks_[2];
};

extern thread_local Block* current;

}  // namespace runner
