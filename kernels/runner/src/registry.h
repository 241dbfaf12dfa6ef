// RUNNER_KERNEL(name) behind the text of a kernel puts it into the runner's table, with what the
// compiler knows of its parameters. scripts/cuda-runner writes these lines.
#pragma once

#include <type_traits>
#include <utility>

#include "launch.h"

namespace runner {

template <class... A, size_t... I>
void unpack(void (*f)(A...), void** p, std::index_sequence<I...>) {
    f(*static_cast<std::remove_reference_t<A>*>(p[I])...);
}

template <class... A>
void unpack(void (*f)(A...), void** p) {
    unpack(f, p, std::index_sequence_for<A...>{});
}

template <class F>
struct Parameters;
template <class... A>
struct Parameters<void (*)(A...)> {
    static constexpr int count = sizeof...(A);
    static constexpr int sizes[sizeof...(A) + 1] = {(int)sizeof(A)..., 0};
    static constexpr unsigned char pointer[sizeof...(A) + 1] = {std::is_pointer<A>::value..., 0};
};

}  // namespace runner

#define RUNNER_KERNEL(k)                                                                          \
    namespace {                                                                                   \
    void runner_call_##k(void** p) { runner::unpack(k, p); }                                      \
    using runner_params_##k = runner::Parameters<decltype(&k)>;                                   \
    const runner::Kernel runner_kernel_##k = {#k, runner_call_##k, runner_params_##k::count,      \
                                              runner_params_##k::sizes, runner_params_##k::pointer}; \
    const runner::Register runner_register_##k(&runner_kernel_##k);                               \
    }
