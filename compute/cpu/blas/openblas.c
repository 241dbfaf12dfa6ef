//go:build cgo && (linux || darwin || freebsd)

#define _GNU_SOURCE // dladdr
#include "openblas.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { ROW_MAJOR = 101 };

// load_with_settings is dlopen with OpenBLAS's own settings in the environment, which it reads in
// its constructor; they are taken back, so that child processes do not inherit them.
static void *load_with_settings(const char *name, const char *core) {
	const char *old = getenv("OPENBLAS_NUM_THREADS");
	char *threads = old ? strdup(old) : NULL;
	int set_core = core[0] && !getenv("OPENBLAS_CORETYPE");
	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	if (set_core) setenv("OPENBLAS_CORETYPE", core, 1);
	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (set_core) unsetenv("OPENBLAS_CORETYPE");
	if (threads) setenv("OPENBLAS_NUM_THREADS", threads, 1);
	else unsetenv("OPENBLAS_NUM_THREADS");
	free(threads);
	return handle;
}

int n2s_open_blas(n2s_blas *lib, const char *name, const char *core, char *message, size_t room) {
	void *h = load_with_settings(name, core);
	if (!h) {
		snprintf(message, room, "%s", dlerror());
		return 0;
	}
	*(void **)&lib->sgemm = dlsym(h, "cblas_sgemm");
	*(void **)&lib->dgemm = dlsym(h, "cblas_dgemm");
	char *(*config)(void), *(*corename)(void);
	void (*set_threads)(int);
	int (*parallel)(void);
	*(void **)&config = dlsym(h, "openblas_get_config");
	*(void **)&corename = dlsym(h, "openblas_get_corename");
	*(void **)&set_threads = dlsym(h, "openblas_set_num_threads");
	*(void **)&parallel = dlsym(h, "openblas_get_parallel");
	if (!lib->sgemm || !lib->dgemm || !config || !corename || !set_threads || !parallel) {
		snprintf(message, room, "%s is not OpenBLAS: it lacks cblas_sgemm or openblas_get_config", name);
		dlclose(h);
		return 0;
	}
	set_threads(1);
	lib->config = config();
	lib->core = corename();
	lib->parallel = parallel();
	Dl_info where;
	int known = dladdr(*(void **)&lib->sgemm, &where);
	snprintf(lib->path, sizeof lib->path, "%s", known ? where.dli_fname : name);
	return 1;
}

int n2s_amd_family(void) {
#if defined(__x86_64__)
	unsigned a, b, c, d;
	if (!__get_cpuid(0, &a, &b, &c, &d)) return 0;
	if (b != 0x68747541 || d != 0x69746E65 || c != 0x444D4163) return 0; // "AuthenticAMD"
	if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
	return (int)((a >> 8 & 0xF) + (a >> 20 & 0xFF)); // base and extended family
#else
	return 0;
#endif
}

void n2s_sgemm(n2s_sgemm_fn f, int ta, int tb, int m, int n, int k, float alpha, const float *a,
	int lda, const float *b, int ldb, float beta, float *c, int ldc) {
	f(ROW_MAJOR, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void n2s_dgemm(n2s_dgemm_fn f, int ta, int tb, int m, int n, int k, double alpha, const double *a,
	int lda, const double *b, int ldb, double beta, double *c, int ldc) {
	f(ROW_MAJOR, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
