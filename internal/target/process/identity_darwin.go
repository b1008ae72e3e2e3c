package process

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// bootID returns when the machine was started.
func bootID() string {
	t, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return ""
	}
	return strconv.FormatInt(t.Sec, 10)
}

// zombie is SZOMB of <sys/proc.h>.
const zombie = 5

func startTime(pid int) (start string, running bool) {
	p, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || int(p.Proc.P_pid) != pid {
		return "", false
	}
	at := p.Proc.P_starttime
	return strings.Join([]string{strconv.FormatInt(at.Sec, 10), strconv.FormatInt(int64(at.Usec), 10)}, "."), p.Proc.P_stat != zombie
}

// sessionOf returns the pids of all processes in the group of leader: what
// this system tells.
func sessionOf(leader int) []int {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.pgrp", leader)
	if err != nil {
		return nil
	}
	var pids []int
	for _, p := range all {
		if p.Proc.P_stat != zombie {
			pids = append(pids, int(p.Proc.P_pid))
		}
	}
	return pids
}

// holdersOf is not known here.
func holdersOf(string) []int { return nil }
