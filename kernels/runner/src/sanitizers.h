// The calls by which sanitizers follow fibers and barriers. The runner itself is compiled without
// sanitizers, so that only kernels are watched; RUNNER_TSAN and RUNNER_ASAN say what they are watched by.
#pragma once

#include <cstddef>

extern "C" {
#ifdef RUNNER_TSAN
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* at);
void __tsan_release(void* at);
#endif
#ifdef RUNNER_ASAN
void __sanitizer_start_switch_fiber(void** fake, const void* bottom, size_t size);
void __sanitizer_finish_switch_fiber(void* fake, const void** bottom, size_t* size);
#endif
}

namespace runner {

#ifdef RUNNER_TSAN
const unsigned no_sync = 1;  // a switch orders nothing: only barriers do
inline void* tsan_current() { return __tsan_get_current_fiber(); }
inline void* tsan_create() { return __tsan_create_fiber(0); }
inline void tsan_destroy(void* f) { __tsan_destroy_fiber(f); }
inline void tsan_switch(void* f) { __tsan_switch_to_fiber(f, no_sync); }
inline void tsan_acquire(void* at) { __tsan_acquire(at); }
inline void tsan_release(void* at) { __tsan_release(at); }
#else
inline void* tsan_current() { return nullptr; }
inline void* tsan_create() { return nullptr; }
inline void tsan_destroy(void*) {}
inline void tsan_switch(void*) {}
inline void tsan_acquire(void*) {}
inline void tsan_release(void*) {}
#endif

#ifdef RUNNER_ASAN
inline void asan_start_switch(void** fake, const void* bottom, size_t size) { __sanitizer_start_switch_fiber(fake, bottom, size); }
inline void asan_finish_switch(void* fake, const void** bottom, size_t* size) { __sanitizer_finish_switch_fiber(fake, bottom, size); }
#else
inline void asan_start_switch(void**, const void*, size_t) {}
inline void asan_finish_switch(void*, const void**, size_t*) {}
#endif

}  // namespace runner
