// One pass over the parameters of a network: clip, an optimizer's step, signs, norms. Each part of the flat
// tensors is (rows × cols) numbers that are stepped by one row of scalars; for each number,
//
//	p, state = rule(p, clip · g, state)      unless the part is FROZEN
//	p = max(p, 0)                            where it is POSITIVE
//	p = p / ‖its row‖                        where it has UNIT rows, as normalize_rows.cu has it, bit by bit
//
// Parameters, gradients and state are read once and written once: a row that must be divided by its norm
// waits in shared memory. One that does not fit waits in p itself, where its own threads find it again.
//
// table: int64 (parts × PART_FIELDS), in the order of the parts' first blocks.
// Grid: the parts' blocks, one behind the other: ⌈elements / PIECE⌉ for a part without UNIT, else
// ⌈rows / (blockDim.x / team)⌉. Block: 256. Shared memory: room numbers, and 256 bytes. A result does not
// depend on grid, room or other parts.
#pragma once
#include "rows.cuh"

const int PIECE = 2048; // numbers of a block of a part without UNIT

enum PartField { FIRST_BLOCK, FIRST, ROWS, COLS, GROUP, FLAGS, TEAM, PART_FIELDS };
enum PartFlag { POSITIVE = 1, UNIT = 2, FROZEN = 4 };

// Tensors are the flat tensors of a step with N numbers of state.
template <typename T, int N> struct Tensors {
    T* p;
    const T* g;
    T* state[N > 0 ? N : 1];

    __device__ bool packs(long long i) const {
        bool all = aligned(p + i, g + i);
        for (int k = 0; k < N; k++) all = all && aligned(state[k] + i);
        return all;
    }
};

// Numbers are W neighbouring ones of each tensor. Those that rest keep p and their state: all of a FROZEN
// part, and where a SPARSE rule moves none. Then the state is not even loaded; with other rules nothing is
// waited for before everything is on its way.
template <typename T, int N, typename Rule, int W> struct Numbers {
    Pack<T, W> p, g, state[N > 0 ? N : 1];
    bool rest;

    __device__ Numbers(const Tensors<T, N>& t, long long i, long long flags, T clip) {
        Width<W> w;
        rest = flags & FROZEN;
        if (!rest) g = load(t.g, i, w);
        if (Rule::SPARSE && !rest) {
            rest = true;
            for (int l = 0; l < W; l++) rest = rest && !Rule::moves(mul(clip, g[l]));
            if (rest && flags == 0) return;
        }
        p = load(t.p, i, w);
        if (rest) return;
        for (int k = 0; k < N; k++) state[k] = load(t.state[k], i, w);
    }

    // step steps them and stores the state.
    __device__ void step(const Tensors<T, N>& t, long long i, const Rule& rule, T clip) {
        for (int l = 0; l < W; l++) {
            T s[N > 0 ? N : 1], clipped = mul(clip, g[l]);
            for (int k = 0; k < N; k++) s[k] = state[k][l];
            if (Rule::moves(clipped)) p[l] = rule.step(p[l], clipped, s);
            for (int k = 0; k < N; k++) state[k][l] = s[k];
        }
        for (int k = 0; k < N; k++) store(t.state[k], i, state[k]);
    }
};

// update is the whole kernel. rule_of(row) is the Rule with the scalars of a group; rows is (groups × columns):
//
//	T step(T p, T g, T (&state)[N])    returns the new p
//	static bool moves(T g)             tells whether that clipped gradient moves anything
//	static const bool SPARSE           tells whether some don't
template <typename T, int N, typename F>
__device__ void update(Tensors<T, N> t, const long long* table, int parts, long long room, const T* clip, const T* rows, int columns, F rule_of) {
    DYNAMIC_SHARED(T, shared);
    const long long* part = part_of_block(table, parts, PART_FIELDS);
    long long k = (long long)blockIdx.x - part[FIRST_BLOCK], cols = part[COLS], flags = part[FLAGS];
    bool unit = flags & UNIT;
    int team = unit ? int(part[TEAM]) : int(blockDim.x), thread = int(threadIdx.x) % team, line = int(threadIdx.x) / team;
    long long lines = blockDim.x / team, begin, n; // this team has n numbers from begin on
    if (unit) {
        long long r = k * lines + line;
        begin = part[FIRST] + r * cols;
        n = r < part[ROWS] ? cols : 0;
    } else {
        long long all = part[ROWS] * cols, at = k * PIECE;
        begin = part[FIRST] + at;
        n = at + PIECE < all ? PIECE : all - at;
    }
    auto rule = rule_of(rows + part[GROUP] * columns);
    T c = *clip;
    long long pitch = (cols + wide<T>() - 1) / wide<T>() * wide<T>();
    T* kept = unit && lines * pitch <= room ? shared + line * pitch : t.p + begin;
    bool packs = t.packs(begin);
    Lanes<T, Addition> squares;
    each_of_row<T>(
        n, packs, thread, team,
        [&](long long j, auto w) { return Numbers<T, N, decltype(rule), decltype(w)::n>(t, begin + j, flags, c); },
        [&](long long j, auto w, int lane, auto& x) {
            if (x.rest && flags == 0) return;
            if (!x.rest) x.step(t, begin + j, rule, c);
            for (int l = 0; l < w.n; l++) {
                if (flags & POSITIVE) x.p[l] = relu(x.p[l]);
                if (unit) squares.add(lane + l, double(x.p[l]) * double(x.p[l]));
            }
            store(kept, j, x.p);
        });
    if (!unit) return;
    T scale = inverse_length(root(T(team_reduce(squares.total(), Addition::join, team))));
    each_of_row<T>(
        n, packs, thread, team, [&](long long j, auto w) { return load(kept, j, w); },
        [&](long long j, auto w, int, auto& x) {
            for (int l = 0; l < w.n; l++) x[l] = mul(x[l], scale);
            store(t.p, begin + j, x);
        });
}
