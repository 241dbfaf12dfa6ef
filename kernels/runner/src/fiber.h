// Fibers: functions with a stack of their own that hand control back and forth, on one OS thread.
// Thread and address sanitizer are told of each switch, so that a kernel's threads are threads to them.
#pragma once

#include <cstddef>
#include <vector>

namespace runner {

class Fiber {
   public:
    // A fiber that runs body(arg), over and over: each start is a new run.
    Fiber();
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    // start begins body(arg); resume goes on where it paused. Both return when it pauses or ends.
    void start(void (*body)(void*), void* arg);
    void resume();

    // pause is called on the fiber: control goes back to who started or resumed it.
    void pause();

    bool done() const { return done_; }

   private:
    static void entry();
    void enter();

    char* stack_;
    void* sp_ = nullptr;      // where the fiber is, while it doesn't run
    void* caller_ = nullptr;  // where who resumed it is, while it runs
    void (*body_)(void*) = nullptr;
    void* arg_ = nullptr;
    bool done_ = true;
    void* tsan_ = nullptr;
    void* tsan_caller_ = nullptr;
    void* asan_fake_ = nullptr;
    const void* asan_bottom_ = nullptr;
    size_t asan_size_ = 0;
};

}  // namespace runner
