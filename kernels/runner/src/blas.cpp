// The stand-in for libcublas.so.12. It passes every product unchanged to a column-major BLAS: to OpenBLAS
// where it is found, else to plain loops. So a mistake in layout on the Go side can't cancel itself. It
// queues its work on the stand-in driver's streams. cuBLASLt is in cublaslt.cpp.
#include <dlfcn.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <vector>

#include "driver.h"
#include "rounded.h"

using namespace runner;

namespace {

enum { not_initialized = 1, alloc_failed = 3, invalid_value_blas = 7, execution_failed = 13, not_supported = 15 };
enum { R_32F = 0, R_64F = 1, COMPUTE_32F = 68, COMPUTE_64F = 70, COMPUTE_32F_BF16 = 75, COMPUTE_32F_TF32 = 77 };

struct Handle {
    void* stream = nullptr;
    uint64_t workspace = 0;
    size_t workspace_bytes = 0;
};

// One product, as cuBLAS describes it.
template <class T>
struct Product {
    int ta, tb, m, n, k;
    T alpha;
    const T* a;
    int lda;
    const T* b;
    int ldb;
    T beta;
    T* c;
    int ldc;
};

using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*, int, float, float*, int);
using Dgemm = void (*)(int, int, int, int, int, int, double, const double*, int, const double*, int, double, double*, int);

void* openblas() {
    static void* library = [] {
        const char* asked = getenv("NOISE2SPARSE_OPENBLAS");
        setenv("OPENBLAS_NUM_THREADS", "1", 1);  // more would change the sums' order
        void* h = nullptr;
        if (asked && strcmp(asked, "none") == 0) return h;
        if (asked && *asked) h = dlopen(asked, RTLD_NOW | RTLD_LOCAL);
        if (!h) h = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
        return h;
    }();
    return library;
}

template <class T>
void loops(const Product<T>& p) {
    for (int j = 0; j < p.n; j++) {
        for (int i = 0; i < p.m; i++) {
            T sum = 0;
            for (int l = 0; l < p.k; l++) {
                sum += (p.ta ? p.a[(size_t)i * p.lda + l] : p.a[(size_t)l * p.lda + i]) * (p.tb ? p.b[(size_t)l * p.ldb + j] : p.b[(size_t)j * p.ldb + l]);
            }
            T& c = p.c[(size_t)j * p.ldc + i];
            c = p.beta == 0 ? p.alpha * sum : p.alpha * sum + p.beta * c;
        }
    }
}

const int column_major = 102;
int trans(int t) { return t ? 112 : 111; }

void multiply(const Product<float>& p) {
    static auto f = openblas() ? (Sgemm)dlsym(openblas(), "cblas_sgemm") : nullptr;
    if (f) return f(column_major, trans(p.ta), trans(p.tb), p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc);
    loops(p);
}
void multiply(const Product<double>& p) {
    static auto f = openblas() ? (Dgemm)dlsym(openblas(), "cblas_dgemm") : nullptr;
    if (f) return f(column_major, trans(p.ta), trans(p.tb), p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc);
    loops(p);
}

// factor is a matrix with its elements rounded as tensor cores do.
std::vector<float> factor(const float* x, int rows, int cols, int ld, int bits) {
    std::vector<float> out((size_t)ld * (cols > 0 ? cols : 0));
    for (int j = 0; j < cols; j++) {
        for (int i = 0; i < rows; i++) out[(size_t)j * ld + i] = rounded(x[(size_t)j * ld + i], bits);
    }
    return out;
}

void multiply(Product<float> p, int compute) {
    if (compute == COMPUTE_32F) return multiply(p);
    int bits = compute == COMPUTE_32F_TF32 ? 10 : 7;
    auto a = factor(p.a, p.ta ? p.k : p.m, p.ta ? p.m : p.k, p.lda, bits);
    auto b = factor(p.b, p.tb ? p.n : p.k, p.tb ? p.k : p.n, p.ldb, bits);
    p.a = a.data();
    p.b = b.data();
    multiply(p);
}
void multiply(const Product<double>& p, int) { multiply(p); }

// extent is how many elements a column-major matrix takes.
size_t extent(int rows, int cols, int ld) { return rows > 0 && cols > 0 ? (size_t)ld * (cols - 1) + rows : 0; }

// inside tells whether count matrices lie within device memory.
bool inside(uint64_t p, int rows, int cols, int ld, long long stride, int count, size_t element) {
    size_t n = extent(rows, cols, ld);
    if (n == 0) return true;
    n += (size_t)stride * (size_t)(count - 1);
    return allocated(*current_context(), p, n * element);
}

struct Strides {
    long long a, b, c;
    int count;
};

template <class T>
int queue(Handle* h, Product<T> p, Strides s, int compute) {
    int ra = p.ta ? p.k : p.m, ca = p.ta ? p.m : p.k, rb = p.tb ? p.n : p.k, cb = p.tb ? p.k : p.n;
    auto at_least = [](int ld, int rows) { return ld >= (rows > 1 ? rows : 1); };
    if (p.m < 0 || p.n < 0 || p.k < 0 || !at_least(p.lda, ra) || !at_least(p.ldb, rb) || !at_least(p.ldc, p.m)) return invalid_value_blas;
    auto address = [](const T* x) { return reinterpret_cast<uint64_t>(x); };
    if (!inside(address(p.a), ra, ca, p.lda, s.a, s.count, sizeof(T)) || !inside(address(p.b), rb, cb, p.ldb, s.b, s.count, sizeof(T)) ||
        !inside(address(p.c), p.m, p.n, p.ldc, s.c, s.count, sizeof(T))) {
        fail(illegal_address, "cuBLAS: a matrix lies outside of device memory");
        return execution_failed;
    }
    Status status = enqueue(h->stream, [=] {
        for (int i = 0; i < s.count; i++) {
            Product<T> one = p;
            one.a += i * s.a;
            one.b += i * s.b;
            one.c += i * s.c;
            multiply(one, compute);
        }
        return success;
    });
    return status == success ? 0 : execution_failed;
}

int gemm(Handle* h, int ta, int tb, int m, int n, int k, const void* alpha, uint64_t a, int at, int lda, uint64_t b, int bt, int ldb,
         const void* beta, uint64_t c, int ct, int ldc, Strides s, int compute) {
    if (!h || !h->stream || !h->workspace) return not_initialized;
    if (at != bt || at != ct) return not_supported;
    if (at == R_32F && (compute == COMPUTE_32F || compute == COMPUTE_32F_TF32 || compute == COMPUTE_32F_BF16)) {
        Product<float> p = {ta, tb, m, n, k, *(const float*)alpha, (const float*)a, lda, (const float*)b, ldb, *(const float*)beta, (float*)c, ldc};
        return queue(h, p, s, compute);
    }
    if (at == R_64F && compute == COMPUTE_64F) {
        Product<double> p = {ta, tb, m, n, k, *(const double*)alpha, (const double*)a, lda, (const double*)b, ldb, *(const double*)beta, (double*)c, ldc};
        return queue(h, p, s, compute);
    }
    return not_supported;
}

}  // namespace

CALL(cublasCreate_v2, void** h) {
    if (!current_context()) return not_initialized;
    wait_for_device();
    if (int s = injected("cublasCreate")) return s == out_of_memory ? alloc_failed : s;
    *h = new Handle;
    count("cuBLAS handles", 1);
    return 0;
}
CALL(cublasDestroy_v2, void* h) {
    wait_for_device();
    count("cuBLAS handles", -1);
    delete static_cast<Handle*>(h);
    return 0;
}
CALL(cublasGetProperty, int which, int* v) {
    *v = which == 0 ? 12 : 0;
    return 0;
}
CALL(cublasSetStream_v2, void* h, void* s) {
    static_cast<Handle*>(h)->stream = s;
    static_cast<Handle*>(h)->workspace = 0;  // as cuBLAS does: a new stream has the default workspace
    return 0;
}
CALL(cublasSetWorkspace_v2, void* h, uint64_t p, size_t n) {
    if (p % 256 || !allocated(*current_context(), p, n)) return invalid_value_blas;
    static_cast<Handle*>(h)->workspace = p;
    static_cast<Handle*>(h)->workspace_bytes = n;
    return 0;
}
CALL(cublasGemmEx, void* h, int ta, int tb, int m, int n, int k, const void* alpha, uint64_t a, int at, int lda, uint64_t b, int bt, int ldb,
     const void* beta, uint64_t c, int ct, int ldc, int compute, int) {
    return gemm((Handle*)h, ta, tb, m, n, k, alpha, a, at, lda, b, bt, ldb, beta, c, ct, ldc, {0, 0, 0, 1}, compute);
}
CALL(cublasGemmStridedBatchedEx, void* h, int ta, int tb, int m, int n, int k, const void* alpha, uint64_t a, int at, int lda, long long sa,
     uint64_t b, int bt, int ldb, long long sb, const void* beta, uint64_t c, int ct, int ldc, long long sc, int count, int compute, int) {
    return gemm((Handle*)h, ta, tb, m, n, k, alpha, a, at, lda, b, bt, ldb, beta, c, ct, ldc, {sa, sb, sc, count}, compute);
}
