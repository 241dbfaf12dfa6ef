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

static size_t memory_bytes(int device) {
    const char* s = getenv("RUNNER_MEMORY");
    if (!s || !*s) return (size_t)4 << 30;
    for (const char* next; device > 0 && (next = strchr(s, ',')); device--) s = next + 1;
    return (size_t)strtoull(s, nullptr, 10);
}

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
static __thread unsigned context_life;
Context* current_context() { return context && context->life == context_life ? context : nullptr; }
void set_current_context(Context* c) {
    context = c;
    context_life = c ? c->life.load() : 0;
}

Status fail(Context& c, Status s, const std::string& text) {
    if (c.fault == success) {
        c.fault = s;
        c.fault_text = text;
    }
    return c.fault;
}
Status fail(Status s, const std::string& text) { return fail(*context, s, text); }

bool owned(const Context& c, uint64_t p, size_t n) {
    auto at = c.memory.upper_bound(p);
    if (at == c.memory.begin()) return false;
    --at;
    return p + n <= at->first + at->second;
}

Range reach(const Context& c, uint64_t p) {
    if (owned(c, p, 0)) {
        auto at = --c.memory.upper_bound(p);
        return {at->first, at->second};
    }
    for (auto& h : state().host) {
        if (h.second.mapped && p >= h.first && p <= h.first + h.second.bytes) return {h.first, h.second.bytes};
    }
    return {0, 0};
}

bool allocated(const Context& c, uint64_t p, size_t n) {
    Range r = reach(c, p);
    return r.bytes && p + n <= r.from + r.bytes;
}

Status enqueue(void* handle, Work work) {
    State& st = state();
    std::lock_guard<std::recursive_mutex> lock(st.lock);
    if (!context) return invalid_context;
    if (context->fault != success) return context->fault;
    auto at = st.streams.find(handle);
    if (at == st.streams.end()) return invalid_handle;
    Stream& s = at->second;
    if (s.context != current_context()) return invalid_context;
    if (s.capture && s.spoiled) return capture_invalidated;
    if (s.capture) s.capture->work.push_back(std::move(work));
    else s.queue.push_back(std::move(work));
    return success;
}

Status drain(Stream& s) {
    if (s.capture) {
        s.spoiled = true;
        return capture_unsupported;
    }
    while (!s.queue.empty() && s.context->fault == success) {
        Work w = std::move(s.queue.front());
        s.queue.pop_front();
        Status status = w();
        if (status != success) fail(*s.context, status, "");
    }
    return s.context->fault;
}

Status drain_all(const Context* c) {
    for (auto& s : state().streams) {
        if (s.second.capture || s.second.context != c) continue;
        if (Status r = drain(s.second)) return r;
    }
    return success;
}

void wait_for_device() {
    State& st = state();
    std::lock_guard<std::recursive_mutex> lock(st.lock);
    for (auto& s : st.streams) {
        if (s.second.capture && s.second.context == current_context()) s.second.spoiled = true;
    }
}

}  // namespace runner

using namespace runner;

#define LOCK                                         \
    State& st = state();                             \
    std::lock_guard<std::recursive_mutex> guard(st.lock)
#define LOCK_IN_CONTEXT                              \
    LOCK;                                            \
    if (!current_context()) return invalid_context;  \
    if (current_context()->fault != success) return current_context()->fault

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
        {712, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED"}, {713, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED"},
        {719, "CUDA_ERROR_LAUNCH_FAILED"}, {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
        {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"}, {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"}, {999, "CUDA_ERROR_UNKNOWN"},
    };
    auto at = names.find(code);
    if (at == names.end()) return invalid_value;
    *name = at->second;
    return success;
}

CALL(cuGetErrorString, int code, const char** text) {
    static __thread char kept[512];
    LOCK;
    for (auto& c : st.devices) {  // the thread that asks may be another than the one that met the fault
        if (code == c.fault && !c.fault_text.empty()) {
            snprintf(kept, sizeof kept, "%s", c.fault_text.c_str());
            *text = kept;
            return success;
        }
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
CALL(cuDeviceGetUuid_v2, unsigned char* uuid, int dev) {
    memset(uuid, 0, 16);  // no real device has such a one
    uuid[15] = (unsigned char)dev;
    return success;
}
CALL(cuDeviceTotalMem_v2, size_t* n, int dev) {
    *n = memory_bytes(dev);
    return success;
}
CALL(cuDeviceGetAttribute, int* v, int which, int) {
    switch (which) {
    case 16: *v = 2; break;           // multiprocessors
    case 75: *v = 9; break;           // compute capability
    case 76: *v = 0; break;
    case 113: *v = 1; break;          // read-only registering of the host's memory
    case 97: *v = 227 << 10; break;   // dynamic shared memory of a block, at most
    default: return invalid_value;
    }
    return success;
}

CALL(cuDevicePrimaryCtxRetain, void** c, int dev) {
    LOCK;
    if (Status s = injected("cuDevicePrimaryCtxRetain")) return s;
    Context& x = st.devices[(size_t)dev];
    if (x.retained++ == 0) count("contexts", 1);
    *c = &x;
    return success;
}
CALL(cuDevicePrimaryCtxRelease_v2, int dev) {
    LOCK;
    Context& x = st.devices[(size_t)dev];
    if (x.retained == 0) return invalid_context;
    if (--x.retained > 0) return success;
    // What is left goes with the context. After a fault that is as it should be.
    if (x.fault != success) count("allocations", -(int)x.memory.size());
    x.life++;  // threads that have it current have it no more
    for (auto& m : x.memory) free(reinterpret_cast<void*>(m.first));
    x.memory.clear();
    x.used = 0;
    x.fault = success;  // the next context begins anew
    x.fault_text.clear();
    count("contexts", -1);
    return success;
}
CALL(cuDevicePrimaryCtxSetFlags_v2, int, unsigned flags) { return flags < 8 ? success : invalid_value; }
CALL(cuCtxSetCurrent, void* c) {
    set_current_context(static_cast<Context*>(c));
    return success;
}

CALL(cuMemGetInfo_v2, size_t* avail, size_t* total) {
    LOCK_IN_CONTEXT;
    *total = memory_bytes(current_context()->device);
    *avail = *total - current_context()->used;
    return success;
}

CALL(cuStreamCreate, void** s, unsigned) {
    LOCK_IN_CONTEXT;
    *s = malloc(1);
    st.streams[*s].context = current_context();
    count("streams", 1);
    return success;
}
CALL(cuStreamDestroy_v2, void* s) {
    LOCK;
    auto at = st.streams.find(s);
    if (at == st.streams.end()) return invalid_handle;
    Status r = drain(at->second);
    st.streams.erase(at);
    count("streams", -1);
    free(s);
    return r;
}
CALL(cuStreamQuery, void* s) {
    LOCK_IN_CONTEXT;
    auto at = st.streams.find(s);
    if (at == st.streams.end()) return invalid_handle;
    if (at->second.capture) return drain(at->second);
    return at->second.queue.empty() ? success : 600;  // CUDA_ERROR_NOT_READY
}
CALL(cuStreamSynchronize, void* s) {
    LOCK_IN_CONTEXT;
    auto at = st.streams.find(s);
    return at == st.streams.end() ? invalid_handle : drain(at->second);
}

CALL(cuEventCreate, void** e, unsigned) {
    LOCK_IN_CONTEXT;
    *e = new Event;
    count("events", 1);
    return success;
}
CALL(cuEventDestroy_v2, void* e) {
    LOCK;
    auto* ev = static_cast<Event*>(e);
    if (!ev->passed && ev->stream) drain(*ev->stream);
    delete ev;
    count("events", -1);
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
