// The stand-in for libcublasLt.so.12: the products that gpu/ asks for, as plain loops over column-major
// matrices, whose addresses come from the layouts alone. So a mistake in layout on the Go side can't cancel
// itself. It is as strict as cublasLt.h says: an attribute of another size, shapes that don't fit, a mask whose
// columns are not padded, an address less aligned than was said when the algorithm was asked for, an algorithm
// for another product, are refused. Like the library it takes max(NaN, 0) for 0, has ways for some products
// and not for others, and keeps masks in an order of its own.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "driver.h"
#include "rounded.h"

using namespace runner;

namespace {

enum { not_initialized = 1, bad_value = 7, execution_failed = 13, not_supported = 15 };
enum { R_32F = 0, COMPUTE_32F = 68, COMPUTE_32F_BF16 = 75, COMPUTE_32F_TF32 = 77 };
enum { TRANS_A = 3, TRANS_B = 4, EPILOGUE = 7, BIAS = 8, AUX = 11, AUX_LD = 12 };
enum { DEFAULT = 1, RELU = 2, ADD_BIAS = 4, DRELU_ONLY = 8, BGRAD = 16, MASK = 128, BGRADB = 512 };
const std::set<int> epilogues = {DEFAULT, RELU, ADD_BIAS, RELU | ADD_BIAS, RELU | MASK, RELU | ADD_BIAS | MASK, DRELU_ONLY | MASK, DRELU_ONLY | MASK | BGRAD, BGRADB};

struct Handle {};

struct Operation {
    int compute;
    std::map<int, int64_t> attributes;
    int64_t get(int which) const {
        auto at = attributes.find(which);
        return at == attributes.end() ? 0 : at->second;
    }
    int epilogue() const { return attributes.count(EPILOGUE) ? (int)get(EPILOGUE) : DEFAULT; }
};

struct Layout {
    uint64_t rows, cols;
    int64_t ld;
    size_t bytes() const { return rows && cols ? 4 * (size_t(ld) * (cols - 1) + rows) : 0; }
    bool operator==(const Layout& o) const { return rows == o.rows && cols == o.cols && ld == o.ld; }
};

struct Preference {
    uint64_t workspace = 0;
    uint32_t alignment[4] = {256, 256, 256, 256};  // as documented: of A, B, C, D
};

struct Algorithm {
    uint64_t product, workspace, alignment[4], bias, aux;  // what it is for, and what it was told
};
struct Choice {
    Algorithm algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
};
static_assert(sizeof(Algorithm) == 64 && sizeof(Choice) == 96, "cublasLtMatmulAlgo_t, cublasLtMatmulHeuristicResult_t");

// set keeps an attribute where it has the size that it must have.
template <class Sizes>
int set(std::map<int, int64_t>& to, const Sizes& sizes, int which, const void* value, size_t n) {
    auto size = sizes.find(which);
    if (!value || size == sizes.end() || size->second != n) return bad_value;
    int64_t v = 0;
    memcpy(&v, value, n);
    to[which] = v;
    return 0;
}

// alignment_of is the largest power of two up to 256 that divides an address.
uint64_t alignment_of(uint64_t p) {
    uint64_t a = 256;
    while (p % a) a /= 2;
    return a;
}

struct Product {
    Operation op;
    Layout a, b, d;
    float alpha, beta;
    uint64_t ap, bp, cp, dp, work;
    size_t room;
    int m() const { return (int)d.rows; }
    int n() const { return (int)d.cols; }
    int k() const { return (int)(op.get(TRANS_A) ? a.rows : a.cols); }
    // key is unlike for products that need algorithms of their own.
    uint64_t key() const {
        uint64_t h = 1469598103934665603u;
        for (int64_t v : {(int64_t)op.compute, op.get(TRANS_A), op.get(TRANS_B), (int64_t)op.epilogue(), op.get(AUX_LD), (int64_t)a.rows, (int64_t)a.cols, a.ld,
                          (int64_t)b.rows, (int64_t)b.cols, b.ld, (int64_t)d.rows, (int64_t)d.cols, d.ld})
            h = (h ^ (uint64_t)v) * 1099511628211u;
        return h;
    }
};

// check tells what is wrong with a product's description.
int check(const Product& p, const Layout& c) {
    int e = p.op.epilogue();
    if (!epilogues.count(e)) return not_supported;
    uint64_t m = p.op.get(TRANS_A) ? p.a.cols : p.a.rows, kb = p.op.get(TRANS_B) ? p.b.cols : p.b.rows, n = p.op.get(TRANS_B) ? p.b.rows : p.b.cols;
    if (m != p.d.rows || n != p.d.cols || kb != (uint64_t)p.k() || !(c == p.d)) return bad_value;
    if ((e & (ADD_BIAS | BGRAD | BGRADB)) && !p.op.get(BIAS)) return bad_value;
    if (e & MASK) {
        int64_t ld = p.op.get(AUX_LD);
        if (!p.op.get(AUX) || p.op.get(AUX) % 16 || ld % 128 || ld < (int64_t)m) return bad_value;
    }
    return 0;
}

// has tells whether there is an algorithm; which are missing is made up.
bool has(const Product& p) {
    int e = p.op.epilogue();
    if (e & RELU && e & MASK) return p.m() % 16 != 1;
    if (e & DRELU_ONLY) return p.m() % 16 != 3;
    return p.m() != 5;
}

// bit of a mask: the highest of a word comes first.
void put_bit(uint32_t* mask, size_t at, bool v) {
    uint32_t bit = 1u << (31 - at % 32);
    mask[at / 32] = v ? mask[at / 32] | bit : mask[at / 32] & ~bit;
}
bool bit(const uint32_t* mask, size_t at) { return mask[at / 32] >> (31 - at % 32) & 1; }

Status compute(const Product& p) {
    if (p.room) memset((void*)p.work, 0xff, p.room);  // whoever keeps something there, loses it
    const float *a = (const float*)p.ap, *b = (const float*)p.bp, *c = (const float*)p.cp;
    float *d = (float*)p.dp, *bias = (float*)p.op.get(BIAS);
    auto mask = (uint32_t*)p.op.get(AUX);
    int m = p.m(), n = p.n(), k = p.k(), e = p.op.epilogue();
    int bits = p.op.compute == COMPUTE_32F ? 0 : p.op.compute == COMPUTE_32F_TF32 ? 10 : 7;
    auto factor = [bits](float x) { return bits ? rounded(x, bits) : x; };
    auto at_b = [&](int l, int j) { return p.op.get(TRANS_B) ? b[(size_t)l * p.b.ld + j] : b[(size_t)j * p.b.ld + l]; };
    size_t across = p.op.get(TRANS_A) ? p.a.ld : 1, down = p.op.get(TRANS_A) ? 1 : p.a.ld, ld = p.op.get(AUX_LD);
    std::vector<float> sum(m), gradient(m);
    for (int j = 0; j < n; j++) {
        std::fill(sum.begin(), sum.end(), 0.0f);
        for (int l = 0; l < k; l++) {
            float v = factor(at_b(l, j));
            for (int i = 0; i < m; i++) sum[i] += factor(a[i * across + l * down]) * v;
        }
        for (int i = 0; i < m; i++) {
            size_t at = (size_t)j * p.d.ld + i;
            float v = p.alpha * sum[i];
            if (p.beta != 0) v += p.beta * c[at];
            if (e & ADD_BIAS) v += bias[i];
            if (e & RELU && e & MASK) put_bit(mask, j * ld + i, v > 0);
            if (e & RELU) v = v > 0 ? v : 0;
            if (e & DRELU_ONLY && !bit(mask, j * ld + i)) v = 0;
            gradient[i] += v;
            d[at] = v;
        }
        if (e & RELU && e & MASK)
            for (size_t i = m; i < ld; i++) put_bit(mask, j * ld + i, true);  // nobody's
    }
    if (e & BGRAD) std::copy(gradient.begin(), gradient.end(), bias);
    if (e & BGRADB)
        for (int j = 0; j < n; j++) {
            bias[j] = 0;
            for (int l = 0; l < k; l++) bias[j] += at_b(l, j);
        }
    return success;
}

// inside tells whether everything that a product touches is device memory.
bool inside(const Product& p) {
    const Context& c = *current_context();
    int e = p.op.epilogue();
    size_t bias = e & BGRADB ? p.n() : e & (ADD_BIAS | BGRAD) ? p.m() : 0, mask = e & MASK ? p.op.get(AUX_LD) / 8 * p.n() : 0;
    return allocated(c, p.ap, p.a.bytes()) && allocated(c, p.bp, p.b.bytes()) && allocated(c, p.dp, p.d.bytes()) &&
           (p.beta == 0 || allocated(c, p.cp, p.d.bytes())) && (!bias || allocated(c, p.op.get(BIAS), 4 * bias)) &&
           (!mask || allocated(c, p.op.get(AUX), mask)) && (!p.room || allocated(c, p.work, p.room));
}

}  // namespace

extern "C" __attribute__((visibility("default"))) size_t cublasLtGetVersion() { return 120000; }

CALL(cublasLtCreate, void** h) {
    if (!current_context()) return not_initialized;
    *h = new Handle;
    return 0;
}
CALL(cublasLtDestroy, Handle* h) { return delete h, 0; }
CALL(cublasLtMatmulDescCreate, Operation** op, int compute, int scale) {
    if (scale != R_32F || (compute != COMPUTE_32F && compute != COMPUTE_32F_TF32 && compute != COMPUTE_32F_BF16)) return not_supported;
    *op = new Operation{compute, {}};
    return 0;
}
CALL(cublasLtMatmulDescDestroy, Operation* op) { return delete op, 0; }
CALL(cublasLtMatmulDescSetAttribute, Operation* op, int which, const void* value, size_t n) {
    static const std::map<int, size_t> sizes = {{TRANS_A, 4}, {TRANS_B, 4}, {EPILOGUE, 4}, {BIAS, 8}, {AUX, 8}, {AUX_LD, 8}};
    return set(op->attributes, sizes, which, value, n);
}
CALL(cublasLtMatrixLayoutCreate, Layout** l, int type, uint64_t rows, uint64_t cols, int64_t ld) {
    if (type != R_32F) return not_supported;
    if (!rows || !cols || ld < (int64_t)rows) return bad_value;
    *l = new Layout{rows, cols, ld};
    return 0;
}
CALL(cublasLtMatrixLayoutDestroy, Layout* l) { return delete l, 0; }
CALL(cublasLtMatmulPreferenceCreate, Preference** p) { return *p = new Preference, 0; }
CALL(cublasLtMatmulPreferenceDestroy, Preference* p) { return delete p, 0; }
CALL(cublasLtMatmulPreferenceSetAttribute, Preference* p, int which, const void* value, size_t n) {
    static const std::map<int, size_t> sizes = {{1, 8}, {5, 4}, {6, 4}, {7, 4}, {8, 4}};
    std::map<int, int64_t> one;
    if (int status = set(one, sizes, which, value, n)) return status;
    if (which == 1) p->workspace = one[1];
    else p->alignment[which - 5] = (uint32_t)one[which];
    return 0;
}
// The first answer is one that the caller must not take.
CALL(cublasLtMatmulAlgoGetHeuristic, Handle* h, Operation* op, Layout* a, Layout* b, Layout* c, Layout* d, Preference* preference, int room,
     Choice* choices, int* n) {
    if (!h) return not_initialized;
    if (!op || !a || !b || !c || !d || !preference || room < 1) return bad_value;
    Product p = {*op, *a, *b, *d, 1, 0, 0, 0, 0, 0, 0, 0};
    if (int status = check(p, *c)) return status;
    uint64_t workspace = 256 + 4 * p.d.rows;
    if (!has(p) || workspace > preference->workspace || room < 2) return *n = 0, not_supported;
    choices[0] = {};
    choices[0].state = not_supported;
    choices[1] = {};
    choices[1].workspace = workspace;
    Algorithm& algorithm = choices[1].algorithm;
    algorithm.product = p.key();
    algorithm.workspace = workspace;
    for (int i = 0; i < 4; i++) algorithm.alignment[i] = preference->alignment[i];
    algorithm.bias = alignment_of(op->get(BIAS));
    algorithm.aux = alignment_of(op->get(AUX));
    *n = 2;
    return 0;
}
CALL(cublasLtMatmul, Handle* h, Operation* op, const float* alpha, uint64_t ap, Layout* a, uint64_t bp, Layout* b, const float* beta, uint64_t cp, Layout* c,
     uint64_t dp, Layout* d, const Algorithm* algorithm, uint64_t work, size_t room, void* stream) {
    if (!h || !current_context()) return not_initialized;
    if (!op || !a || !b || !c || !d || !algorithm || !stream) return bad_value;
    Product p = {*op, *a, *b, *d, *alpha, *beta, ap, bp, cp, dp, work, room};
    if (int status = check(p, *c)) return status;
    if (algorithm->product != p.key() || room < algorithm->workspace || work % 16) return bad_value;
    const uint64_t addresses[4] = {ap, bp, cp, dp};
    for (int i = 0; i < 4; i++)
        if (addresses[i] % algorithm->alignment[i]) return bad_value;
    if (op->get(BIAS) % algorithm->bias || op->get(AUX) % algorithm->aux) return bad_value;
    if (!inside(p)) {
        fail(illegal_address, "cuBLASLt: a matrix, bias, mask or the workspace lies outside of device memory");
        return execution_failed;
    }
    return enqueue(stream, [p] { return compute(p); }) == success ? 0 : execution_failed;
}
