// The stand-in for libcudnn.so.9: the convolutions that gpu/ asks for, as plain loops over image, channel,
// row and column, whose addresses come from the descriptors' layouts alone. So a mistake in layout on the
// Go side can't cancel itself. It is as strict as cuDNN's documentation: shapes that don't fit, a workspace
// that is too small or not the device's, an algorithm or a mix of layouts that cuDNN has not, are refused.
#include <cmath>
#include <cstring>
#include <string>

#include "driver.h"
#include "rounded.h"

using namespace runner;

namespace {

enum { not_initialized = 1001, bad_param = 2000, not_supported = 3000, execution_failed = 5000 };
enum { NCHW = 0, NHWC = 1, FLOAT = 0, CROSS_CORRELATION = 1, DEFAULT_MATH = 0, FMA_MATH = 3, DETERMINISTIC = 1 };

thread_local std::string words;  // of the last refusal

int refuse(int status, const char* why) {
    words = why;
    return status;
}

struct Handle {
    void* stream = nullptr;
};

// Box is a tensor (images, channels, rows, columns) or a filter (out, in, rows, columns).
struct Box {
    int format = -1, n = 0, c = 0, h = 0, w = 0;
    size_t size() const { return (size_t)n * c * h * w; }
    size_t at(int in, int ic, int ih, int iw) const {
        if (format == NCHW) return (((size_t)in * c + ic) * h + ih) * w + iw;
        return (((size_t)in * h + ih) * w + iw) * c + ic;
    }
};

struct Way {
    int ph = 0, pw = 0, sh = 0, sw = 0, math = DEFAULT_MATH;
};

int set(Box* b, int type, int format, int n, int c, int h, int w) {
    if (type != FLOAT || (format != NCHW && format != NHWC)) return refuse(not_supported, "float32 in NCHW or NHWC alone");
    if (n < 1 || c < 1 || h < 1 || w < 1) return refuse(bad_param, "a dimension below 1");
    *b = {format, n, c, h, w};
    return 0;
}

int fits(const Box& x, const Box& w, const Way& v, const Box& y, int algo) {
    if (x.format < 0 || w.format < 0 || y.format < 0 || v.sh < 1) return refuse(bad_param, "a descriptor that was not set");
    if (x.format != NHWC || w.format != NHWC || y.format != NHWC) return refuse(not_supported, "tensors and filter are to be NHWC");
    if (algo != DETERMINISTIC) return refuse(not_supported, "algorithm 1 alone");
    if (v.sh > 3) return refuse(not_supported, "strides up to 3 alone");  // some limit: cuDNN has its own
    int h = (x.h + 2 * v.ph - w.h) / v.sh + 1, width = (x.w + 2 * v.pw - w.w) / v.sw + 1;
    if (x.c != w.c || y.n != x.n || y.c != w.n || y.h != h || y.w != width) return refuse(bad_param, "shapes that don't fit");
    return 0;
}

// needed is a workspace unlike for each kind and shape, so that a mixed-up one shows.
size_t needed(int kind, const Box& x, const Box& w) { return 64 * (kind + 1) + 4 * (kind == 1 ? x.size() : w.size()); }

// each calls f for every product of the convolution: an element of y, of x and of w.
template <class F>
void each(const Box& x, const Box& w, const Way& v, const Box& y, F f) {
    for (int n = 0; n < y.n; n++)
        for (int o = 0; o < y.c; o++)
            for (int i = 0; i < y.h; i++)
                for (int j = 0; j < y.w; j++)
                    for (int c = 0; c < x.c; c++)
                        for (int r = 0; r < w.h; r++)
                            for (int s = 0; s < w.w; s++) {
                                int h = i * v.sh - v.ph + r, k = j * v.sw - v.pw + s;
                                if (h < 0 || h >= x.h || k < 0 || k >= x.w) continue;
                                f(y.at(n, o, i, j), x.at(n, c, h, k), w.at(o, c, r, s));
                            }
}

enum { FORWARD, INPUT, WEIGHT };

// Call is one convolution: what it reads and writes, by what it is.
struct Call {
    int kind;
    Box x, w, y;
    Way v;
    uint64_t xp, wp, yp, work;
    size_t room;
};

Status compute(const Call& c) {
    if (c.room) memset((void*)c.work, 0xff, c.room);  // whoever keeps something there, loses it
    float *x = (float*)c.xp, *w = (float*)c.wp, *y = (float*)c.yp;
    const Box& result = c.kind == FORWARD ? c.y : c.kind == INPUT ? c.x : c.w;
    memset(c.kind == FORWARD ? y : c.kind == INPUT ? x : w, 0, 4 * result.size());
    bool tf32 = c.v.math == DEFAULT_MATH;
    auto f = [tf32](float a) { return tf32 ? rounded(a, 10) : a; };
    switch (c.kind) {
    case FORWARD: each(c.x, c.w, c.v, c.y, [&](size_t i, size_t j, size_t k) { y[i] += f(x[j]) * f(w[k]); }); break;
    case INPUT: each(c.x, c.w, c.v, c.y, [&](size_t i, size_t j, size_t k) { x[j] += f(y[i]) * f(w[k]); }); break;
    default: each(c.x, c.w, c.v, c.y, [&](size_t i, size_t j, size_t k) { w[k] += f(x[j]) * f(y[i]); });
    }
    return success;
}

int queue(Handle* h, const Call& c, int algo, const float* alpha, const float* beta) {
    if (!h || !h->stream || !current_context()) return refuse(not_initialized, "no stream");
    if (*alpha != 1 || *beta != 0) return refuse(not_supported, "alpha 1 and beta 0 alone");
    if (int status = fits(c.x, c.w, c.v, c.y, algo)) return status;
    if (c.room < needed(c.kind, c.x, c.w)) return refuse(bad_param, "a workspace that is too small");
    if ((c.xp | c.wp | c.yp | c.work) % 16) return refuse(bad_param, "an address that is not aligned to 16 bytes");
    const Context& at = *current_context();
    if (!allocated(at, c.xp, 4 * c.x.size()) || !allocated(at, c.wp, 4 * c.w.size()) || !allocated(at, c.yp, 4 * c.y.size()) ||
        !allocated(at, c.work, c.room)) {
        fail(illegal_address, "cuDNN: a tensor or the workspace lies outside of device memory");
        return refuse(execution_failed, "a tensor or the workspace lies outside of device memory");
    }
    return enqueue(h->stream, [c] { return compute(c); }) == success ? 0 : refuse(execution_failed, "the stream takes no work");
}

}  // namespace

extern "C" __attribute__((visibility("default"))) size_t cudnnGetVersion() { return 90100; }
extern "C" __attribute__((visibility("default"))) const char* cudnnGetErrorString(int status) {
    switch (status) {
    case not_initialized: return "CUDNN_STATUS_NOT_INITIALIZED";
    case bad_param: return "CUDNN_STATUS_BAD_PARAM";
    case not_supported: return "CUDNN_STATUS_NOT_SUPPORTED";
    case execution_failed: return "CUDNN_STATUS_EXECUTION_FAILED";
    }
    return "CUDNN_UNKNOWN_STATUS";
}
extern "C" __attribute__((visibility("default"))) void cudnnGetLastErrorString(char* text, size_t room) {
    strncpy(text, words.c_str(), room - 1);
    text[room - 1] = 0;
}

CALL(cudnnCreate, void** h) {
    if (!current_context()) return refuse(not_initialized, "no context");
    wait_for_device();
    *h = new Handle;
    count("cuDNN handles", 1);
    return 0;
}
CALL(cudnnDestroy, void* h) {
    wait_for_device();
    count("cuDNN handles", -1);
    delete static_cast<Handle*>(h);
    return 0;
}
CALL(cudnnSetStream, Handle* h, void* s) {
    h->stream = s;
    return 0;
}
CALL(cudnnCreateTensorDescriptor, Box** d) { return *d = new Box, 0; }
CALL(cudnnCreateFilterDescriptor, Box** d) { return *d = new Box, 0; }
CALL(cudnnCreateConvolutionDescriptor, Way** d) { return *d = new Way, 0; }
CALL(cudnnDestroyTensorDescriptor, Box* d) { return delete d, 0; }
CALL(cudnnDestroyFilterDescriptor, Box* d) { return delete d, 0; }
CALL(cudnnDestroyConvolutionDescriptor, Way* d) { return delete d, 0; }
CALL(cudnnSetTensor4dDescriptor, Box* d, int format, int type, int n, int c, int h, int w) { return set(d, type, format, n, c, h, w); }
CALL(cudnnSetFilter4dDescriptor, Box* d, int type, int format, int k, int c, int h, int w) { return set(d, type, format, k, c, h, w); }
CALL(cudnnSetConvolution2dDescriptor, Way* d, int ph, int pw, int sh, int sw, int dh, int dw, int mode, int type) {
    if (ph < 0 || pw < 0 || sh < 1 || sw < 1) return refuse(bad_param, "a padding below 0, or a stride below 1");
    if (dh != 1 || dw != 1 || mode != CROSS_CORRELATION || type != FLOAT) return refuse(not_supported, "cross-correlation of float32, dilation 1, alone");
    *d = {ph, pw, sh, sw, d->math};
    return 0;
}
CALL(cudnnSetConvolutionMathType, Way* d, int math) {
    if (math != DEFAULT_MATH && math != FMA_MATH) return refuse(not_supported, "default or FMA math alone");
    d->math = math;
    return 0;
}
CALL(cudnnGetConvolutionForwardWorkspaceSize, Handle*, Box* x, Box* w, Way* v, Box* y, int algo, size_t* n) {
    *n = needed(FORWARD, *x, *w);
    return fits(*x, *w, *v, *y, algo);
}
CALL(cudnnGetConvolutionBackwardDataWorkspaceSize, Handle*, Box* w, Box* dy, Way* v, Box* dx, int algo, size_t* n) {
    *n = needed(INPUT, *dx, *w);
    return fits(*dx, *w, *v, *dy, algo);
}
CALL(cudnnGetConvolutionBackwardFilterWorkspaceSize, Handle*, Box* x, Box* dy, Way* v, Box* dw, int algo, size_t* n) {
    *n = needed(WEIGHT, *x, *dw);
    return fits(*x, *dw, *v, *dy, algo);
}
CALL(cudnnConvolutionForward, Handle* h, const float* alpha, Box* x, uint64_t xp, Box* w, uint64_t wp, Way* v, int algo, uint64_t work,
     size_t room, const float* beta, Box* y, uint64_t yp) {
    return queue(h, {FORWARD, *x, *w, *y, *v, xp, wp, yp, work, room}, algo, alpha, beta);
}
CALL(cudnnConvolutionBackwardData, Handle* h, const float* alpha, Box* w, uint64_t wp, Box* dy, uint64_t dyp, Way* v, int algo,
     uint64_t work, size_t room, const float* beta, Box* dx, uint64_t dxp) {
    return queue(h, {INPUT, *dx, *w, *dy, *v, dxp, wp, dyp, work, room}, algo, alpha, beta);
}
CALL(cudnnConvolutionBackwardFilter, Handle* h, const float* alpha, Box* x, uint64_t xp, Box* dy, uint64_t dyp, Way* v, int algo,
     uint64_t work, size_t room, const float* beta, Box* dw, uint64_t dwp) {
    return queue(h, {WEIGHT, *x, *dw, *dy, *v, xp, dwp, dyp, work, room}, algo, alpha, beta);
}
