package process

// identity tells a process from every other one this machine has had: a pid
// alone is given out again.
type identity struct {
	Attempt int // of the instance
	PID     int
	Start   string // when the process started, in the words of the system
	Boot    string // which run of the system
	Port    int    // it was told to listen on
}

// alive reports whether the very process runs; a zombie does not.
func (p identity) alive() bool {
	if p.PID <= 0 || p.Boot != bootID() {
		return false
	}
	start, running := startTime(p.PID)
	return running && start == p.Start
}

// self returns the identity of the process that has pid now.
func self(pid, attempt int) identity {
	start, _ := startTime(pid)
	return identity{Attempt: attempt, PID: pid, Start: start, Boot: bootID()}
}
