// Running a kernel: a grid of blocks, spread over a few OS threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace runner {

// Kernel is a compiled kernel: call unpacks the arguments, as cuLaunchKernel gets them.
struct Kernel {
    const char* name;
    void (*call)(void** params);
    int params;
    const int* sizes;            // of each parameter, in bytes
    const unsigned char* pointer;  // whether each is one
};

// Register puts a kernel into the table; it is what the generated code calls (registry.h).
struct Register {
    explicit Register(const Kernel* k);
};

// find returns the kernel of that name, or nullptr.
const Kernel* find(const std::string& name);

struct Launch {
    const Kernel* kernel;
    unsigned grid[3], block[3];
    size_t shared;
    uint64_t words[48];  // an argument each
};

// run does a launch and returns what was wrong with it, or "".
std::string run(const Launch& l);

}  // namespace runner
