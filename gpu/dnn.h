// cuDNN as far as it is used: X(name, symbol, (parameters), (arguments)). What cuDNN 8 and 9 both have.
#ifndef GPU_DNN_H
#define GPU_DNN_H

#include "driver.h"

// Numbers of enumerations: X(ours, value, cuDNN's own name). The algorithms are those that cuDNN
// documents as deterministic and has for float32 images and weights with channels last.
#define GPU_DNN_NUMBERS(X)                                                                         \
	X(GPU_DNN_FLOAT, 0, CUDNN_DATA_FLOAT)                                                          \
	X(GPU_DNN_NHWC, 1, CUDNN_TENSOR_NHWC)                                                          \
	X(GPU_DNN_CROSS_CORRELATION, 1, CUDNN_CROSS_CORRELATION)                                       \
	X(GPU_DNN_DEFAULT_MATH, 0, CUDNN_DEFAULT_MATH)                                                 \
	X(GPU_DNN_FMA_MATH, 3, CUDNN_FMA_MATH)                                                         \
	X(GPU_DNN_FORWARD_ALGO, 1, CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM)                   \
	X(GPU_DNN_INPUT_ALGO, 1, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1)                                    \
	X(GPU_DNN_WEIGHT_ALGO, 1, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1)
enum { GPU_DNN_NUMBERS(GPU_NUMBER) };

#define GPU_DNN_CALLS(X)                                                                           \
	X(cudnnCreate, cudnnCreate, (gpu_handle *h), (h))                                              \
	X(cudnnDestroy, cudnnDestroy, (gpu_handle h), (h))                                             \
	X(cudnnSetStream, cudnnSetStream, (gpu_handle h, gpu_handle s), (h, s))                        \
	X(cudnnCreateTensorDescriptor, cudnnCreateTensorDescriptor, (gpu_handle *d), (d))              \
	X(cudnnSetTensor4dDescriptor, cudnnSetTensor4dDescriptor,                                      \
		(gpu_handle d, int format, int type, int n, int c, int h, int w),                          \
		(d, format, type, n, c, h, w))                                                             \
	X(cudnnDestroyTensorDescriptor, cudnnDestroyTensorDescriptor, (gpu_handle d), (d))             \
	X(cudnnCreateFilterDescriptor, cudnnCreateFilterDescriptor, (gpu_handle *d), (d))              \
	X(cudnnSetFilter4dDescriptor, cudnnSetFilter4dDescriptor,                                      \
		(gpu_handle d, int type, int format, int k, int c, int h, int w),                          \
		(d, type, format, k, c, h, w))                                                             \
	X(cudnnDestroyFilterDescriptor, cudnnDestroyFilterDescriptor, (gpu_handle d), (d))             \
	X(cudnnCreateConvolutionDescriptor, cudnnCreateConvolutionDescriptor, (gpu_handle *d), (d))    \
	X(cudnnSetConvolution2dDescriptor, cudnnSetConvolution2dDescriptor,                            \
		(gpu_handle d, int ph, int pw, int sh, int sw, int dh, int dw, int mode, int type),        \
		(d, ph, pw, sh, sw, dh, dw, mode, type))                                                   \
	X(cudnnSetConvolutionMathType, cudnnSetConvolutionMathType, (gpu_handle d, int math),          \
		(d, math))                                                                                 \
	X(cudnnDestroyConvolutionDescriptor, cudnnDestroyConvolutionDescriptor, (gpu_handle d), (d))   \
	X(cudnnGetConvolutionForwardWorkspaceSize, cudnnGetConvolutionForwardWorkspaceSize,            \
		(gpu_handle h, gpu_handle x, gpu_handle w, gpu_handle conv, gpu_handle y, int algo,        \
			size_t *n),                                                                            \
		(h, x, w, conv, y, algo, n))                                                               \
	X(cudnnGetConvolutionBackwardDataWorkspaceSize,                                                \
		cudnnGetConvolutionBackwardDataWorkspaceSize,                                              \
		(gpu_handle h, gpu_handle w, gpu_handle dy, gpu_handle conv, gpu_handle dx, int algo,      \
			size_t *n),                                                                            \
		(h, w, dy, conv, dx, algo, n))                                                             \
	X(cudnnGetConvolutionBackwardFilterWorkspaceSize,                                              \
		cudnnGetConvolutionBackwardFilterWorkspaceSize,                                            \
		(gpu_handle h, gpu_handle x, gpu_handle dy, gpu_handle conv, gpu_handle dw, int algo,      \
			size_t *n),                                                                            \
		(h, x, dy, conv, dw, algo, n))                                                             \
	X(cudnnConvolutionForward, cudnnConvolutionForward, GPU_DNN_PARAMS, GPU_DNN_ARGS)              \
	X(cudnnConvolutionBackwardData, cudnnConvolutionBackwardData, GPU_DNN_PARAMS, GPU_DNN_ARGS)    \
	X(cudnnConvolutionBackwardFilter, cudnnConvolutionBackwardFilter, GPU_DNN_PARAMS, GPU_DNN_ARGS)

// The three convolutions take two operands and a result: x, w, y; w, dy, dx; x, dy, dw.
#define GPU_DNN_PARAMS                                                                             \
	(gpu_handle h, const void *alpha, gpu_handle ad, gpu_ptr a, gpu_handle bd, gpu_ptr b,          \
		gpu_handle conv, int algo, gpu_ptr work, size_t room, const void *beta, gpu_handle rd,     \
		gpu_ptr r)
#define GPU_DNN_ARGS (h, alpha, ad, a, bd, b, conv, algo, work, room, beta, rd, r)

#define GPU_DNN_DECLARE(name, symbol, params, args) int gpu_##name(gpu_handle c_, GPU_LIST params);
GPU_DNN_CALLS(GPU_DNN_DECLARE)

enum { GPU_DNN_FORWARD, GPU_DNN_INPUT, GPU_DNN_WEIGHT };

// gpu_dnn_args is one of the three, with its operands and its result in the order above.
typedef struct {
	int kind, algo;
	gpu_handle ad, bd, conv, rd;
	gpu_ptr a, b, work, r;
	size_t room;
} gpu_dnn_args;

int gpu_convolve(gpu_handle c, gpu_handle dnn, const gpu_dnn_args *g);

// gpu_dnn takes the calls out of a library; what it lacks is in message, and 0 the answer.
int gpu_dnn(void *library, char *message, size_t room);

// gpu_dnn_version is cuDNN's own number of its version.
size_t gpu_dnn_version(void);

// gpu_dnn_name is cuDNN's name of a status; gpu_dnn_words writes what it says of the last error on this
// thread, nothing before cuDNN 9.
const char *gpu_dnn_name(int status);
void gpu_dnn_words(char *message, size_t room);

#endif
