// headers.cpp holds what gpu/ declares of CUDA's libraries against their own headers. What differs does not
// compile. scripts/cuda-headers compiles it against several versions; it is no part of the program.
//
//	g++ -fsyntax-only -std=c++17 -I CUDA/include -I gpu gpu/testdata/headers.cpp
//
// Of a call: that the exported name which is looked up has a prototype, and that each parameter is passed in
// the same way. Handles are pointers here and there, enumerations are int, and device addresses are 64-bit
// integers even where a library takes a pointer. Of numbers and structures: that they are the same.
#define __CUDA_API_VERSION_INTERNAL // all versions of a call under the names that are exported
#if !__has_include(<cuda.h>)
#error "no cuda.h: name its folder with -I"
#endif
#include <cuda.h>
#if __has_include(<cublas_v2.h>)
#define HAS_BLAS 1
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <driver_types.h>
#pragma push_macro("__cplusplus") // without the overloads that cuBLAS has for C++ alone
#undef __cplusplus
extern "C" {
#include <cublas_v2.h>
#if __has_include(<cublasLt.h>)
#include <cublasLt.h>
#define HAS_LT 1
#endif
}
#pragma pop_macro("__cplusplus")
#endif
#if __has_include(<cudnn.h>)
#include <cudnn.h>
#define HAS_DNN 1
#endif
#if __has_include(<nvml.h>)
#include <nvml.h>
#define HAS_NVML 1
#endif

#include <cstddef>
#include <cstdint>
#include <type_traits>

extern "C" {
#include "driver.h"
#include "blas.h"
#include "blaslt.h"
#include "dnn.h"
#include "nvml.h"
}

// fits tells whether an argument of type O, ours, is passed and read as one of T, theirs.
template <class O, class T> constexpr bool fits() {
    if constexpr (std::is_pointer_v<T>) {
        if constexpr (std::is_same_v<O, gpu_ptr>) return std::is_void_v<std::remove_pointer_t<T>>; // a device address
        else if constexpr (!std::is_pointer_v<O>) return false;
        else {
            typedef std::remove_pointer_t<O> A;
            typedef std::remove_pointer_t<T> B;
            typedef std::remove_const_t<A> P;
            typedef std::remove_const_t<B> Q;
            if constexpr (std::is_const_v<A> && !std::is_const_v<B>) return false; // theirs is written to
            else if constexpr (std::is_class_v<Q> && std::is_void_v<P>) return true; // a handle
            else if constexpr (std::is_class_v<P> && std::is_class_v<Q>) return sizeof(P) == sizeof(Q);
            else if constexpr (std::is_void_v<P> || std::is_void_v<Q>) return std::is_same_v<P, Q>;
            else return fits<P, Q>();
        }
    } else if constexpr (std::is_enum_v<T>) {
        return std::is_same_v<O, int> && sizeof(T) == sizeof(int);
    } else if constexpr (std::is_integral_v<O> && std::is_integral_v<T>) {
        return sizeof(O) == sizeof(T) && (std::is_signed_v<O> == std::is_signed_v<T> || sizeof(O) == 1);
    } else {
        return std::is_same_v<O, T>;
    }
}

template <class O, class T> struct Call { static constexpr bool same = false; };
template <class R, class... O, class S, class... T> struct Call<R(O...), S(T...)> {
    static constexpr bool all() {
        if constexpr (sizeof...(O) != sizeof...(T)) return false;
        else return (fits<O, T>() && ...);
    }
    static constexpr bool same = all() && fits<R, S>();
};

#define SAME_CALL(name, symbol, params, args) \
    static_assert(Call<int params, decltype(symbol)>::same, "gpu/ declares " #symbol " otherwise than NVIDIA's header");
#define SAME_NUMBER(ours, value, theirs) static_assert(int(ours) == int(theirs), #ours " is not " #theirs);

// Structures are passed by address, so their fields must lie alike.
#define SAME_FIELD(ours, field, theirs, its) \
    static_assert(offsetof(ours, field) == offsetof(theirs, its) && sizeof(ours::field) == sizeof(theirs::its), #theirs "." #its);

GPU_DRIVER_NUMBERS(SAME_NUMBER)
GPU_GLOBAL_CALLS(SAME_CALL)
GPU_CONTEXT_CALLS(SAME_CALL)
SAME_CALL(cuLaunchKernel, cuLaunchKernel, GPU_LAUNCH_PARAMS, )
#if CUDA_VERSION >= 12040
GPU_OPTIONAL_CALLS(SAME_CALL)
#endif

#if HAS_BLAS
GPU_BLAS_NUMBERS(SAME_NUMBER)
GPU_BLAS_CALLS(SAME_CALL)
#endif

#if HAS_LT
GPU_LT_NUMBERS(SAME_NUMBER)
GPU_LT_CALLS(SAME_CALL)
static_assert(std::is_same_v<decltype(cublasLtGetVersion), size_t()>, "cublasLtGetVersion");
static_assert(sizeof(gpu_lt_algo) == sizeof(cublasLtMatmulAlgo_t) && sizeof(gpu_lt_choice) == sizeof(cublasLtMatmulHeuristicResult_t), "structures of cuBLASLt");
SAME_FIELD(gpu_lt_choice, algo, cublasLtMatmulHeuristicResult_t, algo)
SAME_FIELD(gpu_lt_choice, workspace, cublasLtMatmulHeuristicResult_t, workspaceSize)
SAME_FIELD(gpu_lt_choice, state, cublasLtMatmulHeuristicResult_t, state)
SAME_FIELD(gpu_lt_choice, waves, cublasLtMatmulHeuristicResult_t, wavesCount)
SAME_FIELD(gpu_lt_choice, reserved, cublasLtMatmulHeuristicResult_t, reserved)
#endif

#if HAS_DNN
GPU_DNN_NUMBERS(SAME_NUMBER)
GPU_DNN_CALLS(SAME_CALL)
static_assert(std::is_same_v<decltype(cudnnGetVersion), size_t()>, "cudnnGetVersion");
static_assert(std::is_same_v<decltype(cudnnGetErrorString), const char*(cudnnStatus_t)>, "cudnnGetErrorString");
#if CUDNN_MAJOR >= 9
static_assert(std::is_same_v<decltype(cudnnGetLastErrorString), void(char*, size_t)>, "cudnnGetLastErrorString");
#endif
#endif

#if HAS_NVML
GPU_NVML_CALLS(SAME_CALL)
static_assert(sizeof(gpu_nvml_memory) == sizeof(nvmlMemory_t) && sizeof(gpu_nvml_use) == sizeof(nvmlUtilization_t), "structures of NVML");
SAME_FIELD(gpu_nvml_memory, total, nvmlMemory_t, total)
SAME_FIELD(gpu_nvml_memory, available, nvmlMemory_t, free)
SAME_FIELD(gpu_nvml_use, gpu, nvmlUtilization_t, gpu)
#endif
