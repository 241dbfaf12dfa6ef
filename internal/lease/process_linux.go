package lease

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// pidSpace is this machine's current start, and this container's numbering of processes.
var pidSpace = sync.OnceValue(func() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	space, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + space
})

// processBegan is when a process began, in the kernel's ticks; "" for one that has ended.
func processBegan(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The second field, the program's name, is in parentheses and may hold anything.
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(f) < 20 || f[0] == "Z" || f[0] == "X" { // ended, and its parent has not looked yet
		return ""
	}
	return f[19]
}
