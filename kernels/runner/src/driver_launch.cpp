// Modules, launches and graphs of the stand-in driver.
#include <cstdio>
#include <cstring>
#include <memory>

#include "driver.h"

using namespace runner;

#define LOCK_IN_CONTEXT                                     \
    State& st = state();                                    \
    std::lock_guard<std::recursive_mutex> guard(st.lock);   \
    Context* c = current_context();                         \
    if (!c) return invalid_context;                         \
    if (c->fault != success) return c->fault

// The image of the runner's kernels is a line of text with a hash of the sources; scripts/cuda-runner
// writes it, into a file too.
extern const char runner_image[];

CALL(cuModuleLoadData, void** m, const void* image) {
    LOCK_IN_CONTEXT;
    if (strcmp(static_cast<const char*>(image), runner_image) != 0) return no_binary;
    if (Status s = injected("cuModuleLoadData")) return s;
    *m = c;
    count("modules", 1);
    return success;
}
CALL(cuModuleUnload, void*) {
    State& st = state();
    std::lock_guard<std::recursive_mutex> guard(st.lock);
    count("modules", -1);
    return success;
}

CALL(cuModuleGetFunction, void** f, void*, const char* name) {
    LOCK_IN_CONTEXT;
    const Kernel* k = find(name);
    if (!k) return not_found;
    *f = const_cast<Kernel*>(k);
    st.functions[*f].kernel = k;
    return success;
}

CALL(cuFuncGetParamInfo, void* f, size_t i, size_t* offset, size_t* size) {
    auto* k = static_cast<Kernel*>(f);
    if (i >= (size_t)k->params) return invalid_value;
    *offset = 8 * i;
    *size = (size_t)k->sizes[i];
    return success;
}

CALL(cuFuncSetAttribute, void* f, int which, int v) {
    LOCK_IN_CONTEXT;
    if (which != 8 || v < 0 || v > 227 << 10) return invalid_value;
    st.functions[f].shared_limit = (size_t)v;
    return success;
}

// execute does a launch, and says what is wrong with it as a device would.
static Status execute(const Launch& l, Context* c) {
    for (int i = 0; i < l.kernel->params; i++) {
        if (!l.kernel->pointer[i] || l.words[i] == 0 || allocated(*c, l.words[i], 0)) continue;
        char text[200];
        snprintf(text, sizeof text, "kernel %s: argument %d, %llx, is not an address in device memory", l.kernel->name, i, (unsigned long long)l.words[i]);
        return fail(*c, illegal_address, text);
    }
    if (Status s = injected(l.kernel->name)) return fail(*c, s, std::string("kernel ") + l.kernel->name + ": RUNNER_FAIL");
    if (Status s = injected("launch")) return fail(*c, s, std::string("kernel ") + l.kernel->name + ": RUNNER_FAIL");
    record_before(l, *c);
    std::string wrong = run(l);
    if (!wrong.empty()) return fail(*c, launch_failed, wrong);
    record_after(l, *c);
    return success;
}

CALL(cuLaunchKernel, void* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
     unsigned shared, void* stream, void** params, void**) {
    LOCK_IN_CONTEXT;
    auto at = st.functions.find(f);
    if (at == st.functions.end()) return invalid_handle;
    uint64_t threads = (uint64_t)bx * by * bz;
    if (!gx || !gy || !gz || gx > 0x7FFFFFFF || gy > 65535 || gz > 65535 || threads == 0 || threads > 1024 || bz > 64) return invalid_value;
    if (shared > at->second.shared_limit) return invalid_value;
    Launch l = {at->second.kernel, {gx, gy, gz}, {bx, by, bz}, shared, {}};
    for (int i = 0; i < l.kernel->params; i++) memcpy(&l.words[i], params[i], (size_t)l.kernel->sizes[i]);
    return enqueue(stream, [l, c] { return execute(l, c); });
}

CALL(cuStreamBeginCapture_v2, void* s, int) {
    LOCK_IN_CONTEXT;
    auto at = st.streams.find(s);
    if (at == st.streams.end() || at->second.capture) return invalid_handle;
    at->second.capture = new Graph;
    count("captures", 1);
    at->second.spoiled = false;
    return success;
}
CALL(cuStreamEndCapture, void* s, void** g) {
    LOCK_IN_CONTEXT;
    auto at = st.streams.find(s);
    if (at == st.streams.end() || !at->second.capture) return invalid_value;
    std::unique_ptr<Graph> captured(at->second.capture);
    at->second.capture = nullptr;
    count("captures", -1);
    *g = nullptr;
    if (at->second.spoiled) return capture_invalidated;
    *g = captured.release();
    count("graphs", 1);
    return success;
}
CALL(cuGraphGetNodes, void* g, void** nodes, size_t* n) {
    if (nodes) return invalid_value;  // nodes have no handles here
    *n = static_cast<Graph*>(g)->work.size();
    return success;
}
CALL(cuGraphInstantiateWithFlags, void** e, void* g, unsigned long long) {
    LOCK_IN_CONTEXT;
    if (Status s = injected("cuGraphInstantiate")) return s;
    count("executable graphs", 1);
    *e = new Graph(*static_cast<Graph*>(g));
    return success;
}
CALL(cuGraphLaunch, void* e, void* stream) {
    for (auto& w : static_cast<Graph*>(e)->work) {
        if (Status r = enqueue(stream, w)) return r;
    }
    return success;
}
CALL(cuGraphExecDestroy, void* e) {
    State& st = state();
    std::lock_guard<std::recursive_mutex> guard(st.lock);
    if (current_context()) drain_all(current_context());
    count("executable graphs", -1);
    delete static_cast<Graph*>(e);
    return success;
}
CALL(cuGraphDestroy, void* g) {
    State& st = state();
    std::lock_guard<std::recursive_mutex> guard(st.lock);
    count("graphs", -1);
    delete static_cast<Graph*>(g);
    return success;
}
