#include "fiber.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "sanitizers.h"

// runner_switch saves the registers that a call preserves on this stack, stores the stack pointer, and
// goes on with another stack that was left in the same way.
extern "C" void runner_switch(void** save, void* load);

#if defined(__x86_64__)
asm(R"(
.text
.globl runner_switch
.type runner_switch, @function
runner_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size runner_switch, .-runner_switch
)");
static const int saved_words = 6;   // below the return address
static const int entry_word = 6;    // where the return address lies
static const int frame_words = 8;   // with a word that aligns the stack as a call would
#elif defined(__aarch64__)
asm(R"(
.text
.globl runner_switch
.type runner_switch, %function
runner_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size runner_switch, .-runner_switch
)");
static const int saved_words = 20;
static const int entry_word = 11;  // x30
static const int frame_words = 20;
#else
#error "the CPU runner of the kernels knows x86-64 and arm64"
#endif

namespace runner {

static const size_t stack_bytes = 128 << 10;

// The fiber that is about to be entered for the first time: a new stack has no arguments.
static __thread Fiber* entering;

Fiber::Fiber() {
    void* p = mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        perror("CPU runner: no memory for a stack");
        abort();
    }
    stack_ = static_cast<char*>(p);
    mprotect(stack_, 4096, PROT_NONE);  // running over the stack's end is a fault, not a mystery
}

Fiber::~Fiber() {
    if (tsan_) tsan_destroy(tsan_);
    munmap(stack_, stack_bytes);
}

void Fiber::entry() {
    Fiber* self = entering;
    asan_finish_switch(nullptr, &self->asan_bottom_, &self->asan_size_);
    self->body_(self->arg_);
    self->done_ = true;
    tsan_switch(self->tsan_caller_);
    asan_start_switch(nullptr, self->asan_bottom_, self->asan_size_);  // nullptr: this stack is done with
    void* nowhere;
    runner_switch(&nowhere, self->caller_);
    abort();
}

void Fiber::start(void (*body)(void*), void* arg) {
    body_ = body;
    arg_ = arg;
    done_ = false;
    auto* top = reinterpret_cast<uint64_t*>(stack_ + stack_bytes) - frame_words;
    for (int i = 0; i < saved_words; i++) top[i] = 0;
    top[entry_word] = reinterpret_cast<uint64_t>(&Fiber::entry);
    sp_ = top;
    // One for all runs: whoever runs here next comes after who ran before anyway, and making one is slow.
    if (!tsan_) tsan_ = tsan_create();
    entering = this;
    enter();
}

void Fiber::resume() { enter(); }

void Fiber::enter() {
    void* fake = nullptr;
    tsan_caller_ = tsan_current();
    tsan_switch(tsan_);
    asan_start_switch(&fake, stack_, stack_bytes);
    runner_switch(&caller_, sp_);
    asan_finish_switch(fake, nullptr, nullptr);
}

void Fiber::pause() {
    tsan_switch(tsan_caller_);
    asan_start_switch(&asan_fake_, asan_bottom_, asan_size_);
    runner_switch(&sp_, caller_);
    asan_finish_switch(asan_fake_, &asan_bottom_, &asan_size_);
}

}  // namespace runner
