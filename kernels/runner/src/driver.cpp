// Devices, contexts, streams and their queues.
#include "driver.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace runner {

static size_t number(const char* name, size_t otherwise) {
    const char* s = getenv(name);
    return s && *s ? (size_t)strtoull(s, nullptr, 10) : otherwise;
}

static size_t memory_bytes() { return number("RUNNER_MEMORY", (size_t)4 << 30); }

State& state() {
    static State* s = [] {
        auto* n = new State;
        n->devices.resize(number("RUNNER_DEVICES", 1));
        for (size_t i = 0; i < n->devices.size(); i++) n->devices[i].device = (int)i;
        return n;
    }();
    return *s;
}

static __thread Context* context;
Context* current_context() { return context; }
void set_current_context(Context* c) { context = c; }

Status fail(Status s, const std::string& text) {
    State& st = state();
    if (st.fault == success) {
        st.fault = s;
        st.fault_text = text;
    }
    return st.fault;
}

bool allocated(const Context& c, uint64_t p, size_t n) {
    auto at = c.memory.upper_bound(p);
    if (at == c.memory.begin()) return false;
    --at;
    return p + n <= at->first + at->second;
}

Status enqueue(void* handle, Work work) {
    State& st = state();
    std::lock_guard<std::recursive_mutex> lock(st.lock);
    if (st.fault != success) return st.fault;
    auto at = st.streams.find(handle);
    if (at == st.streams.end()) return invalid_handle;
    Stream& s = at->second;
    if (s.context != context) return invalid_context;
    if (s.capture) s.capture->work.push_back(std::move(work));
    else s.queue.push_back(std::move(work));
    return success;
}

Status drain(Stream& s) {
    State& st = state();
    if (s.capture) {
        s.spoiled = true;
        return capture_unsupported;
    }
    while (!s.queue.empty() && st.fault == success) {
        Work w = std::move(s.queue.front());
        s.queue.pop_front();
        Status status = w();
        if (status != success) fail(status, "");
    }
    return st.fault;
}

Status drain_all() {
    for (auto& s : state().streams) {
        if (s.second.capture) continue;
        if (Status r = drain(s.second)) return r;
    }
    return success;
}

}  // namespace runner

using namespace runner;

#define LOCK                                         \
    State& st = state();                             \
    std::lock_guard<std::recursive_mutex> guard(st.lock)
#define LOCK_IN_CONTEXT                              \
    LOCK;                                            \
    if (!current_context()) return invalid_context;  \
    if (st.fault != success) return st.fault

CALL(cuInit, unsigned) { return state().devices.empty() ? 100 : success; }
CALL(cuDriverGetVersion, int* v) {
    *v = 13000;
    return success;
}

CALL(cuGetErrorName, int code, const char** name) {
    static const std::map<int, const char*> names = {
        {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"}, {100, "CUDA_ERROR_NO_DEVICE"},
        {101, "CUDA_ERROR_INVALID_DEVICE"}, {201, "CUDA_ERROR_INVALID_CONTEXT"}, {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"},
        {400, "CUDA_ERROR_INVALID_HANDLE"}, {500, "CUDA_ERROR_NOT_FOUND"}, {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
        {719, "CUDA_ERROR_LAUNCH_FAILED"}, {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
        {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
    };
    auto at = names.find(code);
    if (at == names.end()) return invalid_value;
    *name = at->second;
    return success;
}

CALL(cuGetErrorString, int code, const char** text) {
    static __thread char kept[512];
    LOCK;
    if (code == st.fault && !st.fault_text.empty()) {
        snprintf(kept, sizeof kept, "%s", st.fault_text.c_str());
        *text = kept;
        return success;
    }
    const char* name = "";
    if (cuGetErrorName(code, &name)) return invalid_value;
    *text = code == out_of_memory ? "out of memory" : name;
    return success;
}

CALL(cuDeviceGetCount, int* n) {
    *n = (int)state().devices.size();
    return success;
}
CALL(cuDeviceGet, int* dev, int i) {
    *dev = i;
    return i >= 0 && (size_t)i < state().devices.size() ? success : invalid_device;
}
CALL(cuDeviceGetName, char* s, int room, int) {
    snprintf(s, (size_t)room, "CPU runner of the kernels");
    return success;
}
CALL(cuDeviceGetPCIBusId, char* s, int room, int dev) {
    snprintf(s, (size_t)room, "0000:%02X:00.0", (unsigned)dev & 0xFF);
    return success;
}
CALL(cuDeviceTotalMem_v2, size_t* n, int) {
    *n = memory_bytes();
    return success;
}
CALL(cuDeviceGetAttribute, int* v, int which, int) {
    switch (which) {
    case 16: *v = 2; break;           // multiprocessors
    case 75: *v = 9; break;           // compute capability
    case 76: *v = 0; break;
    case 97: *v = 227 << 10; break;   // dynamic shared memory of a block, at most
    default: return invalid_value;
    }
    return success;
}

CALL(cuDevicePrimaryCtxRetain, void** c, int dev) {
    LOCK;
    Context& x = st.devices[(size_t)dev];
    x.retained++;
    *c = &x;
    return success;
}
CALL(cuDevicePrimaryCtxRelease_v2, int dev) {
    LOCK;
    Context& x = st.devices[(size_t)dev];
    if (x.retained == 0) return invalid_context;
    if (--x.retained > 0) return success;
    for (auto& m : x.memory) free(reinterpret_cast<void*>(m.first));
    x.memory.clear();
    x.used = 0;
    st.fault = success;  // the next context begins anew
    st.fault_text.clear();
    return success;
}
CALL(cuCtxSetCurrent, void* c) {
    set_current_context(static_cast<Context*>(c));
    return success;
}

CALL(cuMemGetInfo_v2, size_t* avail, size_t* total) {
    LOCK_IN_CONTEXT;
    *total = memory_bytes();
    *avail = *total - current_context()->used;
    return success;
}

CALL(cuStreamCreate, void** s, unsigned) {
    LOCK_IN_CONTEXT;
    *s = malloc(1);
    st.streams[*s].context = current_context();
    return success;
}
CALL(cuStreamDestroy_v2, void* s) {
    LOCK;
    auto at = st.streams.find(s);
    if (at == st.streams.end()) return invalid_handle;
    Status r = drain(at->second);
    st.streams.erase(at);
    free(s);
    return r;
}
CALL(cuStreamSynchronize, void* s) {
    LOCK_IN_CONTEXT;
    auto at = st.streams.find(s);
    return at == st.streams.end() ? invalid_handle : drain(at->second);
}

CALL(cuEventCreate, void** e, unsigned) {
    LOCK_IN_CONTEXT;
    *e = new Event;
    return success;
}
CALL(cuEventDestroy_v2, void* e) {
    LOCK;
    auto* ev = static_cast<Event*>(e);
    if (!ev->passed && ev->stream) drain(*ev->stream);
    delete ev;
    return success;
}
CALL(cuEventRecord, void* e, void* s) {
    LOCK_IN_CONTEXT;
    auto at = st.streams.find(s);
    if (at == st.streams.end()) return invalid_handle;
    auto* ev = static_cast<Event*>(e);
    ev->stream = &at->second;
    ev->passed = false;
    return enqueue(s, [ev] {
        ev->passed = true;
        auto now = std::chrono::steady_clock::now().time_since_epoch();
        ev->ms = std::chrono::duration<double, std::milli>(now).count();
        return success;
    });
}
CALL(cuEventSynchronize, void* e) {
    LOCK_IN_CONTEXT;
    auto* ev = static_cast<Event*>(e);
    return ev->passed ? success : drain(*ev->stream);
}
CALL(cuEventElapsedTime, float* ms, void* a, void* b) {
    LOCK_IN_CONTEXT;
    auto *first = static_cast<Event*>(a), *second = static_cast<Event*>(b);
    if (!first->passed || !second->passed) return 600;  // CUDA_ERROR_NOT_READY
    *ms = (float)(second->ms - first->ms);
    return success;
}
CALL(cuStreamWaitEvent, void* s, void* e, unsigned) {
    LOCK_IN_CONTEXT;
    auto* ev = static_cast<Event*>(e);
    return enqueue(s, [ev] { return ev->passed ? success : drain(*ev->stream); });
}
