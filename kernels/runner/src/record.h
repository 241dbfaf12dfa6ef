// A recorded launch is, in 8-byte words unless said: the mark, the length of the kernel's name, the name
// in bytes, grid, block, shared memory, an argument each, the number of allocations, for each of them its
// address, size and contents in bytes before; then the contents after, in the same order.
#pragma once

#include <cstdint>

namespace runner {
const uint64_t record_mark = 0x6C61756E63680001;
}
