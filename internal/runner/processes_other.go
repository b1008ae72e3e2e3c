//go:build unix && !linux

package runner

import "syscall"

// processesOf returns the groups of l's sessions while they are there; on this
// system, a process that leaves its group is not found.
func processesOf(l alive) []int {
	var groups []int
	for _, session := range append(l.sessions[:len(l.sessions):len(l.sessions)], l.Session) {
		if session > 0 && syscall.Kill(-session, 0) == nil {
			groups = append(groups, -session)
		}
	}
	return groups
}

// startTime is not known on this system.
func startTime(int) uint64 { return 0 }
