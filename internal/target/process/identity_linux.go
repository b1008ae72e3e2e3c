package process

import (
	"bytes"
	"os"
	"strconv"
	"strings"
)

// bootID returns the kernel's name for this run of the machine.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// stat holds the fields of /proc/<pid>/stat that are used here.
type stat struct {
	state   byte
	group   int
	session int
	start   string // ticks since boot
}

func readStat(pid int) (stat, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	// The second field is the name in parentheses, which may hold anything.
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 20 {
		return stat{}, false
	}
	group, _ := strconv.Atoi(string(f[2]))
	session, _ := strconv.Atoi(string(f[3]))
	return stat{state: f[0][0], group: group, session: session, start: string(f[19])}, true
}

func startTime(pid int) (start string, running bool) {
	s, ok := readStat(pid)
	return s.start, ok && s.state != 'Z' && s.state != 'X'
}

// session returns the pids of all processes in the session of leader.
func sessionOf(leader int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s, ok := readStat(pid); ok && s.session == leader && s.state != 'Z' {
			pids = append(pids, pid)
		}
	}
	return pids
}

// holdersOf returns the pids of processes that have path open.
func holdersOf(path string) []int {
	fds, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	own := os.Getpid()
	var pids []int
	for _, e := range fds {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == own {
			continue
		}
		dir := "/proc/" + e.Name() + "/fd/"
		open, err := os.ReadDir(dir)
		if err != nil {
			continue // not ours, or gone
		}
		for _, fd := range open {
			if target, err := os.Readlink(dir + fd.Name()); err == nil && target == path {
				pids = append(pids, pid)
				break
			}
		}
	}
	return pids
}
