// Memory and copies of the stand-in driver.
#include <cstdlib>
#include <cstring>

#include "driver.h"

using namespace runner;

#define LOCK_IN_CONTEXT                                     \
    State& st = state();                                    \
    std::lock_guard<std::recursive_mutex> guard(st.lock);   \
    Context* c = current_context();                         \
    if (!c) return invalid_context;                         \
    if (c->fault != success) return c->fault

static void* host(uint64_t p) { return reinterpret_cast<void*>(p); }
static uint64_t address(const void* p) { return reinterpret_cast<uint64_t>(p); }

extern "C" int cuDeviceTotalMem_v2(size_t* n, int dev);

CALL(cuMemAlloc_v2, uint64_t* p, size_t n) {
    LOCK_IN_CONTEXT;
    if (n == 0) return invalid_value;
    if (Status s = injected("cuMemAlloc")) return s;
    size_t total = 0;
    cuDeviceTotalMem_v2(&total, c->device);
    if (n > total - c->used) return out_of_memory;
    void* m = aligned_alloc(256, (n + 255) & ~(size_t)255);
    if (!m) return out_of_memory;
    memset(m, 0xCD, n);  // not zero, as on a device
    *p = reinterpret_cast<uint64_t>(m);
    c->memory[*p] = n;
    c->used += n;
    count("allocations", 1);
    return success;
}

CALL(cuMemFree_v2, uint64_t p) {
    LOCK_IN_CONTEXT;
    auto at = c->memory.find(p);
    if (at == c->memory.end()) return invalid_value;
    Status r = drain_all(c);  // cuMemFree waits for the device
    c->used -= at->second;
    c->memory.erase(at);
    count("allocations", -1);
    free(host(p));
    return r;
}

CALL(cuMemAllocAsync, uint64_t* p, size_t n, void*) { return cuMemAlloc_v2(p, n); }
CALL(cuMemFreeAsync, uint64_t p, void*) { return cuMemFree_v2(p); }

enum { DEVICEMAP = 2, READ_ONLY = 8 };

CALL(cuMemHostAlloc, void** p, size_t n, unsigned flags) {
    LOCK_IN_CONTEXT;
    if (Status s = injected("cuMemHostAlloc")) return s;
    *p = malloc(n);
    if (!*p) return out_of_memory;
    st.host[address(*p)] = {n, (flags & DEVICEMAP) != 0, false};
    count("pinned", 1);
    return success;
}
CALL(cuMemFreeHost, void* p) {
    LOCK_IN_CONTEXT;
    auto at = st.host.find(address(p));
    if (at == st.host.end() || at->second.registered) return invalid_value;
    st.host.erase(at);
    count("pinned", -1);
    free(p);
    return success;
}

CALL(cuMemHostRegister_v2, void* p, size_t n, unsigned flags) {
    LOCK_IN_CONTEXT;
    if (n == 0 || flags & ~(1u | DEVICEMAP | READ_ONLY)) return invalid_value;
    if (Status s = injected("cuMemHostRegister")) return s;
    for (auto& h : st.host) {
        if (address(p) < h.first + h.second.bytes && h.first < address(p) + n) return already_registered;
    }
    st.host[address(p)] = {n, (flags & DEVICEMAP) != 0, true};
    count("registered", 1);
    return success;
}
// Work that still reads the memory fails: nothing waits here.
CALL(cuMemHostUnregister, void* p) {
    LOCK_IN_CONTEXT;
    auto at = st.host.find(address(p));
    if (at == st.host.end() || !at->second.registered) return not_registered;
    st.host.erase(at);
    count("registered", -1);
    return success;
}
CALL(cuMemHostGetDevicePointer_v2, uint64_t* d, void* p, unsigned flags) {
    LOCK_IN_CONTEXT;
    if (flags != 0) return invalid_value;
    auto at = st.host.find(address(p));
    if (at == st.host.end() || !at->second.mapped) return invalid_value;
    *d = address(p);
    return success;
}

// is_pinned tells whether n bytes from h are memory of the host that devices know.
static bool is_pinned(State& st, const void* h, size_t n) {
    for (auto& m : st.host) {
        if (address(h) >= m.first && address(h) + n <= m.first + m.second.bytes) return true;
    }
    return false;
}

// spoils tells whether a copy to or from h is of pageable memory while the stream is captured.
static bool spoils(State& st, void* stream, const void* h, size_t n) {
    auto at = st.streams.find(stream);
    if (at == st.streams.end() || !at->second.capture || is_pinned(st, h, n)) return false;
    return at->second.spoiled = true;
}

CALL(cuMemcpyHtoDAsync_v2, uint64_t d, const void* h, size_t n, void* stream) {
    LOCK_IN_CONTEXT;
    if (!owned(*c, d, n)) return invalid_value;
    if (spoils(st, stream, h, n)) return capture_unsupported;
    return enqueue(stream, [=] {
        memcpy(host(d), h, n);
        return success;
    });
}

CALL(cuMemcpyDtoHAsync_v2, void* h, uint64_t d, size_t n, void* stream) {
    LOCK_IN_CONTEXT;
    if (!allocated(*c, d, n)) return invalid_value;
    if (spoils(st, stream, h, n)) return capture_unsupported;
    return enqueue(stream, [=] {
        memcpy(h, host(d), n);
        return success;
    });
}

CALL(cuMemcpyDtoDAsync_v2, uint64_t d, uint64_t from, size_t n, void* stream) {
    LOCK_IN_CONTEXT;
    if (!owned(*c, d, n) || !allocated(*c, from, n)) return invalid_value;
    return enqueue(stream, [=] {
        memmove(host(d), host(from), n);
        return success;
    });
}

CALL(cuMemsetD8Async, uint64_t d, unsigned char v, size_t n, void* stream) {
    LOCK_IN_CONTEXT;
    if (!owned(*c, d, n)) return invalid_value;
    return enqueue(stream, [=] {
        memset(host(d), v, n);
        return success;
    });
}
