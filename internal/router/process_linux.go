package router

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// processStart returns when a process was started, in clock ticks since the
// system was.
func processStart(pid int) (string, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The name in parentheses may hold spaces; 20 fields come after it until the start.
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 20 {
		return "", fmt.Errorf("/proc/%d/stat has %d fields", pid, len(f))
	}
	return f[19], nil
}
