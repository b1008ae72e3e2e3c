package runner

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// processesOf returns the processes that carry l's mark in their environment, or
// belong to its session. A process keeps the mark when it becomes a daemon; one
// that cleans its environment and starts a session of its own is not found.
func processesOf(l alive) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	mark := []byte("DAVIT_STAGE_ID=" + l.ID)
	sessions := l.sessions
	if l.Session > 0 && startTime(l.Session) == l.Start {
		sessions = append(slices.Clip(sessions), l.Session)
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		state, of, _ := stat(pid)
		if state == "Z" || state == "X" || state == "" {
			continue
		}
		if slices.Contains(sessions, of) || marked(pid, mark) {
			pids = append(pids, pid)
		}
	}
	return pids
}

func marked(pid int, mark []byte) bool {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	if err != nil {
		return false
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(v, mark) {
			return true
		}
	}
	return false
}

// startTime returns when a process started, in ticks since the machine did; 0
// when there is none.
func startTime(pid int) uint64 {
	_, _, start := stat(pid)
	return start
}

// stat reads state, session and start time of a process.
func stat(pid int) (state string, session int, start uint64) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return "", 0, 0
	}
	// The name, in parentheses, may hold anything; the fields are behind it.
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 20 {
		return "", 0, 0
	}
	session, _ = strconv.Atoi(f[3])
	start, _ = strconv.ParseUint(f[19], 10, 64)
	return f[0], session, start
}
