// The stand-in for libcuda.so.1: the driver calls that gpu/ makes, over host memory and the CPU runner.
//
// It is as lazy and as strict as it can be. Work is queued, and done when somebody waits for it, copies
// of pageable memory too, so that a missing wait shows. Copies and kernels' pointers are checked against
// what is allocated. A fault is kept, and every later call in its context answers with it, as a device's
// does.
//
// Read from the environment, for tests: RUNNER_DEVICES, how many GPUs there are (1); RUNNER_MEMORY, bytes
// of each, "a,b"; the last is that of all further ones (4 GiB); RUNNER_FAIL and RUNNER_LEFT
// (driver_watch.cpp); RUNNER_RECORD (record.cpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "launch.h"

// SHARED functions are called by the cuBLAS stand-in too.
#define SHARED __attribute__((visibility("default")))

namespace runner {

// The driver's statuses that the stand-in answers.
enum Status {
    success = 0,
    invalid_value = 1,
    out_of_memory = 2,
    invalid_device = 101,
    invalid_context = 201,
    no_binary = 209,
    invalid_handle = 400,
    not_found = 500,
    illegal_address = 700,
    already_registered = 712,
    not_registered = 713,
    launch_failed = 719,
    capture_unsupported = 900,
    capture_invalidated = 901,
};

using Work = std::function<Status()>;

struct Context {
    int device = 0;
    int retained = 0;
    std::atomic<unsigned> life{0};      // how often its last user has left it
    std::map<uint64_t, size_t> memory;  // address: bytes
    size_t used = 0;
    Status fault = success;  // what went wrong here first
    std::string fault_text;
};

struct Graph {
    std::vector<Work> work;
};

struct Stream {
    Context* context;
    std::deque<Work> queue;
    Graph* capture = nullptr;
    bool spoiled = false;  // something was called that can't be captured
};

struct Event {
    Stream* stream = nullptr;
    bool passed = true;
    double ms = 0;
};

// Host is memory of the host that devices know: pinned, and where it is mapped, readable by kernels.
struct Host {
    size_t bytes;
    bool mapped;
    bool registered;  // the program's own, by cuMemHostRegister
};

struct Function {
    const Kernel* kernel;
    size_t shared_limit = 48 << 10;
};

// state is everything; who touches it holds its lock.
struct State {
    std::recursive_mutex lock;
    std::deque<Context> devices;
    std::map<void*, Stream> streams;
    std::map<void*, Function> functions;
    std::map<uint64_t, Host> host;     // by address
    std::map<std::string, long> live;  // what was made and not given back, see driver_watch.cpp
};
State& state();

// current_context is this thread's, or nullptr: a context that its last user has left is nobody's.
SHARED Context* current_context();
void set_current_context(Context* c);

// enqueue puts work behind what the stream has, or into the graph while it is captured.
SHARED Status enqueue(void* stream, Work work);

// drain does a stream's work. It answers the first fault.
Status drain(Stream& s);
Status drain_all(const Context* c);

// wait_for_device is what a call that waits for the whole device does to this thread's context: all that is being
// captured in it is lost.
SHARED void wait_for_device();

// fail keeps a fault of a context, by default of this thread's, and its words.
Status fail(Context& c, Status s, const std::string& text);
SHARED Status fail(Status s, const std::string& text);

// Range is a piece of memory; bytes 0: none.
struct Range {
    uint64_t from;
    size_t bytes;
};

// reach is the allocation, or the mapped memory of the host, that has p in it or ends there.
Range reach(const Context& c, uint64_t p);

// allocated tells whether kernels may read n bytes from p; owned, whether these are the device's own.
SHARED bool allocated(const Context& c, uint64_t p, size_t n);
bool owned(const Context& c, uint64_t p, size_t n);

// count notes that a thing of that kind was made (1) or given back (-1).
SHARED void count(const std::string& kind, int by);

// injected answers what RUNNER_FAIL has a call fail with; success: nothing.
SHARED Status injected(const char* call);

// record writes a launch and the memory that it points to, where RUNNER_RECORD asks for it.
void record_before(const Launch& l, const Context& c);
void record_after(const Launch& l, const Context& c);

}  // namespace runner

// CALL is the head of every function that answers for the driver.
#define CALL(name, ...) extern "C" __attribute__((visibility("default"))) int name(__VA_ARGS__)
