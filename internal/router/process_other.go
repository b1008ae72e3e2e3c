//go:build !linux

package router

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// processStart returns when a process was started, as ps tells it.
func processStart(pid int) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	b, err := exec.CommandContext(ctx, "ps", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output()
	return strings.TrimSpace(string(b)), err
}
