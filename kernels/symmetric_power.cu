// Parts of dst = V diag(max(λ, floor)^power) Vᵀ for a symmetric matrix a (n × n) with eigenvalues λ and
// eigenvectors V, in float64, by Jacobi's method: rotations, each of which makes one entry beside the
// diagonal 0, until none is left that matters. n/2 rotations of disjoint rows and columns are done at a
// time, in the order of a round-robin tournament (Golub and Van Loan, Matrix Computations, 8.5).
//
// The host makes the product of scaled and vectors, and converts it.
#include "reduce.cuh"

// symmetric_load_* sets work to a, by its lower triangle, and vectors to the unit matrix.
// Grid: any, one-dimensional. Block: any. No shared memory.
template <typename T> __device__ void symmetric_load(double* work, double* vectors, const T* a, long long n) {
    for (long long i = thread_index(); i < n * n; i += thread_count()) {
        long long r = i / n, c = i % n;
        work[i] = double(r >= c ? a[i] : a[c * n + r]);
        vectors[i] = r == c ? 1 : 0;
    }
}

extern "C" __global__ void symmetric_load_f32(double* work /* (n × n) */, double* vectors /* (n × n) */, const float* a /* (n × n) */, long long n) {
    symmetric_load(work, vectors, a, n);
}

extern "C" __global__ void symmetric_load_f64(double* work /* (n × n) */, double* vectors /* (n × n) */, const double* a /* (n × n) */, long long n) {
    symmetric_load(work, vectors, a, n);
}

// Pair is who meets in a round: rows p < q. Of an odd number of rows one has nobody to meet, q = n.
struct Pair {
    int p, q;
    __device__ Pair(int i, int round, int players) {
        int ring = players - 1;
        int a = i == 0 ? ring : (round + i) % ring, b = i == 0 ? round : (round - i + ring) % ring;
        p = a < b ? a : b;
        q = a < b ? b : a;
    }
};

// rotation returns cos and sin of the rotation that makes a_pq 0; cos 1, sin 0 where it is small already.
__device__ inline bool rotation(const double* a, Pair w, long long n, double small, double& c, double& s) {
    c = 1, s = 0;
    if (w.q >= n) return false;
    double apq = a[w.p * n + w.q];
    if (!(fabs(apq) > small)) return false;
    double tau = (a[w.q * n + w.q] - a[w.p * n + w.p]) / (2 * apq);
    double t = (tau >= 0 ? 1 : -1) / (fabs(tau) + sqrt(1 + tau * tau));
    c = 1 / sqrt(1 + t * t);
    s = t * c;
    return true;
}

// rotate_block turns the four entries of a where the rows of pair x and the columns of pair y cross, by
// both pairs' rotations.
__device__ inline void rotate_block(double* a, long long n, Pair x, double cx, double sx, Pair y, double cy, double sy) {
    bool xq = x.q < n, yq = y.q < n;
    double pp = a[x.p * n + y.p], pq = yq ? a[x.p * n + y.q] : 0;
    double qp = xq ? a[x.q * n + y.p] : 0, qq = xq && yq ? a[x.q * n + y.q] : 0;
    double up = cx * pp - sx * qp, uq = cx * pq - sx * qq; // rows
    double vp = sx * pp + cx * qp, vq = sx * pq + cx * qq;
    bool zero = x.p == y.p && sx != 0; // what the rotation was made for
    a[x.p * n + y.p] = cy * up - sy * uq;
    if (yq) a[x.p * n + y.q] = zero ? 0 : sy * up + cy * uq;
    if (xq) a[x.q * n + y.p] = zero ? 0 : cy * vp - sy * vq;
    if (xq && yq) a[x.q * n + y.q] = sy * vp + cy * vq;
}

// jacobi makes work diagonal, with the eigenvalues, and vectors the eigenvectors, as rows. A matrix with NaN
// or infinities gets NaN eigenvalues. turns [n + 1] is scratch.
// Grid: 1. Block: a multiple of 32. Shared memory: 260 bytes.
extern "C" __global__ void jacobi(double* work /* (n × n) */, double* vectors /* (n × n) */, double* turns, long long n) {
    const int max_sweeps = 60; // some ten are usual
    __shared__ int turned;
    int players = int(n + n % 2), pairs = players / 2;
    double squares = 0;
    for (long long i = threadIdx.x; i < n * n; i += blockDim.x) squares += work[i] * work[i];
    double size = sqrt(team_reduce(squares, Addition::join)), small = size * 0x1p-54;
    if (not_finite(size)) { // also where squares overflow
        for (long long i = threadIdx.x; i < n; i += blockDim.x) work[i * n + i] = not_a_number();
        return;
    }
    for (int sweep = 0; sweep < max_sweeps; sweep++) {
        __syncthreads();
        if (threadIdx.x == 0) turned = 0;
        __syncthreads();
        for (int round = 0; round < players - 1; round++) {
            for (int i = threadIdx.x; i < pairs; i += blockDim.x)
                if (rotation(work, Pair(i, round, players), n, small, turns[2 * i], turns[2 * i + 1])) atomicExch(&turned, 1);
            __syncthreads();
            for (long long b = threadIdx.x; b < (long long)pairs * pairs; b += blockDim.x) {
                int x = int(b / pairs), y = int(b % pairs);
                double cx = turns[2 * x], sx = turns[2 * x + 1], cy = turns[2 * y], sy = turns[2 * y + 1];
                if (sx != 0 || sy != 0) rotate_block(work, n, Pair(x, round, players), cx, sx, Pair(y, round, players), cy, sy);
            }
            for (long long b = threadIdx.x; b < pairs * n; b += blockDim.x) {
                int x = int(b / n);
                double c = turns[2 * x], s = turns[2 * x + 1];
                if (s == 0) continue;
                Pair w(x, round, players);
                double* p = vectors + w.p * n + b % n;
                double* q = vectors + w.q * n + b % n;
                double vp = *p, vq = *q;
                *p = c * vp - s * vq;
                *q = s * vp + c * vq;
            }
            __syncthreads();
        }
        if (turned == 0) return;
    }
}

// eigen_scale sets scaled to the rows of vectors, each times max(λ, floor)^power; λ are work's diagonal.
// Grid: any, one-dimensional. Block: any. No shared memory.
extern "C" __global__ void eigen_scale(double* scaled /* (n × n) */, const double* work /* (n × n) */, const double* vectors /* (n × n) */, long long n, double power, double floor) {
    for (long long i = thread_index(); i < n * n; i += thread_count()) {
        long long r = i / n;
        scaled[i] = vectors[i] * pow(larger(work[r * n + r], floor), power);
    }
}
