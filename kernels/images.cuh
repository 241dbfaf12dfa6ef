// Walking over images, channels last: (B × H × W × C). Positions are the rows of a matrix, channels its
// columns.
#pragma once
#include "elements.cuh"

// Place is a position's image, row and column.
struct Place {
    long long b;
    int h, w;
    __device__ Place(long long position, int height, int width) {
        w = int(position % width);
        h = int(position / width % height);
        b = position / width / height;
    }
};

// Moving is how a square kernel moves over an image (compute.Window): out_h × out_w windows.
struct Moving {
    int size, stride, pad, out_h, out_w;

    // over is the window, of n along an axis, whose kernel place r lies on image place h; −1: none.
    __device__ int over(int h, int r, int n) const {
        int at = h + pad - r;
        return at < 0 || at % stride != 0 || at / stride >= n ? -1 : at / stride;
    }

    // first is the first window, along an axis, that covers image place h.
    __device__ int first(int h) const {
        int i = (h + pad - size + stride) / stride;
        return i > 0 ? i : 0;
    }
};

// each_channel calls f(position, channel) for all of them. Grid: channels × positions. Block: the same.
template <typename F> __device__ inline void each_channel(long long positions, int channels, F f) {
    each_row(positions, [&](long long p) {
        for (int c = int(thread_index()); c < channels; c += int(thread_count())) f(p, c);
    });
}
