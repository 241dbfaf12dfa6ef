#include "block.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "cuda_on_cpu.h"
#include "sanitizers.h"

__thread dim3 runner_thread, runner_block, runner_block_dim, runner_grid_dim;

namespace runner {

thread_local Block* current;
char Block::launch_begins, Block::launch_ends, Block::fences;

void Block::fail(const char* format, ...) {
    if (!error_.empty()) return;
    char text[400];
    int n = snprintf(text, sizeof text, "kernel %s, block (%u,%u,%u): ", launch_->kernel->name, runner_block.x, runner_block.y, runner_block.z);
    va_list args;
    va_start(args, format);
    vsnprintf(text + n, sizeof text - (size_t)n, format, args);
    va_end(args);
    error_ = text;
}

void Block::run(const Launch& l, unsigned x, unsigned y, unsigned z) {
    launch_ = &l;
    count_++;
    threads_ = l.block[0] * l.block[1] * l.block[2];
    while (all_.size() < threads_) all_.emplace_back(new Thread);
    char* before = &blocks_[(count_ + 1) & 1];  // the worker's block before, whose shared memory this is
    tsan_acquire(before);
    shared_.resize(l.shared / sizeof(Sixteen) + 1);
    memset(static_cast<void*>(shared_.data()), 0xCD, shared_.size() * sizeof(Sixteen));  // not zero, as on a device
    tsan_release(before);
    error_.clear();
    current = this;
    runner_block = {x, y, z};
    runner_block_dim = {l.block[0], l.block[1], l.block[2]};
    runner_grid_dim = {l.grid[0], l.grid[1], l.grid[2]};
    unsigned warps = (threads_ + 31) / 32;
    bool start = true;
    do {
        for (unsigned w = 0; w < warps && error_.empty(); w++) run_warp(w, start);
        start = false;
    } while (error_.empty() && release_block());
    if (error_.empty()) return;
    for (auto& t : all_) t.reset(new Thread);  // fibers that are in the middle of something
}

// run_warp runs a warp's threads until each has ended or waits for the block.
void Block::run_warp(unsigned w, bool start) {
    unsigned end = threads_ < w * 32 + 32 ? threads_ : w * 32 + 32;
    do {
        for (unsigned t = w * 32; t < end; t++) {
            if (start || (!all_[t]->fiber.done() && all_[t]->waits == Waits::No)) go_on(t, start);
        }
        start = false;
    } while (release_warp(w));
}

void Block::go_on(unsigned t, bool start) {
    running_ = t;
    unsigned bx = launch_->block[0], by = launch_->block[1];
    runner_thread = {t % bx, t / bx % by, t / bx / by};
    Thread& thread = *all_[t];
    if (!start) return thread.fiber.resume();
    thread.waits = Waits::No;
    thread.turns[0] = thread.turns[1] = 0;
    thread.fiber.start(&Block::thread_body, this);
}

// thread_body is a CUDA thread. For thread sanitizer it comes after whatever was before the launch,
// and after the block that this worker ran before, whose shared memory it takes over; nothing else.
void Block::thread_body(void* arg) {
    Block* self = static_cast<Block*>(arg);
    void* params[48];
    for (int i = 0; i < self->launch_->kernel->params; i++) params[i] = const_cast<uint64_t*>(&self->launch_->words[i]);
    tsan_acquire(&launch_begins);
    tsan_acquire(&self->blocks_[(self->count_ + 1) & 1]);
    self->launch_->kernel->call(params);
    tsan_release(&self->blocks_[self->count_ & 1]);
    tsan_release(&launch_ends);
}

// release_warp lets those threads of a warp go on whose partners have all arrived, and tells whether
// there were any.
bool Block::release_warp(unsigned w) {
    unsigned first = w * 32, waiting = 0, can = 0;
    for (unsigned l = 0; l < 32 && first + l < threads_; l++) {
        const Thread& t = *all_[first + l];
        if (!t.fiber.done() && t.waits == Waits::Warp) waiting |= 1u << l;
    }
    if (!waiting) return false;
    for (unsigned l = 0; l < 32; l++) {
        if (!(waiting >> l & 1)) continue;
        const Thread& t = *all_[first + l];
        bool complete = (t.mask & ~waiting) == 0;
        for (unsigned o = 0; o < 32 && complete; o++) {
            if (t.mask >> o & 1) complete = all_[first + o]->mask == t.mask && all_[first + o]->what == t.what;
        }
        if (complete) can |= 1u << l;
    }
    for (unsigned l = 0; l < 32; l++) {
        if (can >> l & 1) all_[first + l]->waits = Waits::No;
    }
    if (!can) {
        unsigned l = (unsigned)__builtin_ctz(waiting);
        fail("warp %u: thread %u waits with mask %08x in a warp function, but only the lanes %08x are in one", w, first + l, all_[first + l]->mask, waiting);
    }
    return can != 0;
}

// release_block lets all threads pass a barrier, and tells whether there was one.
bool Block::release_block() {
    unsigned at = 0;
    for (unsigned t = 0; t < threads_; t++) at += !all_[t]->fiber.done();
    if (at == 0) return false;
    if (at < threads_) {
        fail("__syncthreads was reached by %u of %u threads", at, threads_);
        return false;
    }
    for (unsigned t = 0; t < threads_; t++) all_[t]->waits = Waits::No;
    return true;
}

// wait is where a thread's fiber pauses. Barriers alternate between two addresses, so that a thread
// which is already at the next one is not taken to be ordered before those still leaving this one.
void Block::wait(Waits kind, What what, unsigned mask, bool orders) {
    Thread& t = *all_[running_];
    unsigned self = running_;
    char* at = nullptr;
    if (orders) {
        int turn = t.turns[kind == Waits::Warp]++ & 1;
        at = kind == Waits::Block ? &block_sync_[turn] : &warp_sync_[self / 32][turn];
        tsan_release(at);
    }
    t.waits = kind;
    t.what = what;
    t.mask = mask;
    t.fiber.pause();
    if (at) tsan_acquire(at);
}

void Block::sync_block() { wait(Waits::Block, What::Sync, 0, true); }
void Block::sync_warp(unsigned mask) { wait(Waits::Warp, What::Sync, mask, true); }

uint64_t Block::exchange(unsigned mask, uint64_t value, int from) {
    unsigned w = running_ / 32, l = running_ % 32;
    if (!(mask >> l & 1)) fail("warp %u: lane %u calls a warp function with a mask without itself, %08x", w, l, mask);
    slots_[w][l] = value;
    wait(Waits::Warp, What::Shuffle, mask, false);
    uint64_t got = value;
    if (from >= 0 && from < 32) {
        if (mask >> from & 1) got = slots_[w][from];
        else fail("warp %u: lane %u takes the value of lane %d, which mask %08x leaves out", w, l, from, mask);
    }
    wait(Waits::Warp, What::Shuffle, mask, false);  // nobody gives anew before all have taken
    return got;
}

unsigned Block::ballot(unsigned mask, int predicate) {
    unsigned w = running_ / 32;
    slots_[w][running_ % 32] = predicate != 0;
    wait(Waits::Warp, What::Ballot, mask, false);
    unsigned votes = 0;
    for (unsigned l = 0; l < 32; l++) {
        if (mask >> l & 1 && slots_[w][l]) votes |= 1u << l;
    }
    wait(Waits::Warp, What::Ballot, mask, false);
    return votes;
}

}  // namespace runner

extern "C" {
void* runner_dynamic_shared() { return runner::current->shared(); }
unsigned runner_lane() { return runner::current->lane(); }
void runner_sync_block() { runner::current->sync_block(); }
void runner_sync_warp(unsigned mask) { runner::current->sync_warp(mask); }
// To thread sanitizer a fence comes after all fences so far. With relaxed atomics alone it would not see
// that a block which finds, by an atomic count, that it is the last may read what the others wrote.
void runner_fence() {
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    runner::tsan_acquire(&runner::Block::fences);
    runner::tsan_release(&runner::Block::fences);
}
uint64_t runner_exchange(unsigned mask, uint64_t v, int from) { return runner::current->exchange(mask, v, from); }
unsigned runner_ballot(unsigned mask, int p) { return runner::current->ballot(mask, p); }
}
