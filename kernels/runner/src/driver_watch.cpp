// What tests watch the stand-in driver by: what is left, and faults on demand.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "driver.h"

namespace runner {

// RUNNER_LEFT names a file; to its name the process's id is added. It says at every moment what was made
// and not given back, a line for each kind: "streams 1". So it tells that of a process however that ended.
static void write_left(const State& st) {
    const char* name = getenv("RUNNER_LEFT");
    if (!name || !*name) return;
    std::string path = std::string(name) + "." + std::to_string(getpid()), text;
    for (auto& kind : st.live) {
        if (kind.second) text += kind.first + " " + std::to_string(kind.second) + "\n";
    }
    FILE* f = fopen(path.c_str(), "w");
    if (!f || fwrite(text.data(), 1, text.size(), f) != text.size() || fclose(f)) {
        perror(path.c_str());
        abort();
    }
}

void count(const std::string& kind, int by) {
    State& st = state();
    std::lock_guard<std::recursive_mutex> guard(st.lock);
    st.live[kind] += by;
    if (by) write_left(st);
}

// RUNNER_FAIL is "CALL:N" or "CALL:N:STATUS": the Nth CALL from when it was set answers that status, by
// default out of memory. CALL is the name of an allocating call (of cublasCreate and
// cuDevicePrimaryCtxRetain too), or of a kernel, or "launch" for any
// kernel; these fail as they run, by default with a failed launch, and that stays as a fault does. The STATUS
// "stop" fails nothing: the process stops there, as by Ctrl-Z, until somebody continues or kills it.
Status injected(const char* call) {
    std::lock_guard<std::recursive_mutex> lock(state().lock);
    static std::string asked;
    static unsigned long long left;
    const char* now = getenv("RUNNER_FAIL");
    if (!now || !*now) {
        asked.clear();
        return success;
    }
    const char* colon = strchr(now, ':');
    if (!colon) return invalid_value;
    char* end;
    unsigned long long nth = strtoull(colon + 1, &end, 10);
    if (asked != now) {
        asked = now;
        left = nth;
    }
    if (std::string(now, colon) != call || left == 0 || --left > 0) return success;
    if (strcmp(end, ":stop") == 0) {
        raise(SIGSTOP);
        return success;
    }
    if (*end == ':') return (Status)strtol(end + 1, nullptr, 10);
    return strncmp(call, "cu", 2) == 0 ? out_of_memory : launch_failed;
}

}  // namespace runner
