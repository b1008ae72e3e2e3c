package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	rounds := flag.Int("n", 7, "rounds, of which the median counts")
	flag.Parse()
	m := &meter{rounds: *rounds}
	fmt.Printf("load average %s; %s, %d cores\n\n", load(), runtime.Version(), runtime.NumCPU())
	for _, measure := range []func(*meter) error{evaluations, bulk, loading} {
		if err := measure(m); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Printf("load average %s\n", load())
}

// meter measures functions.
type meter struct{ rounds int }

// cost is what one call takes.
type cost struct {
	cpu    time.Duration
	best   time.Duration // of the CPU times
	allocs float64
}

// burst returns how long a call takes when nothing else is in its way: the
// tenth percentile of 400 bursts of about half a millisecond.
func burst(f func(n int)) time.Duration {
	n := 1
	for {
		begun := time.Now()
		f(n)
		if took := time.Since(begun); took > 200*time.Microsecond {
			n = max(1, int(float64(n)*500e3/float64(took)))
			break
		}
		n *= 2
	}
	var all []time.Duration
	for range 400 {
		begun := time.Now()
		f(n)
		all = append(all, time.Since(begun)/time.Duration(n))
	}
	slices.Sort(all)
	return all[len(all)/10]
}

// of returns the median cost of a call of f, which is told how often to do
// its work. A round lasts about 50 ms.
func (m *meter) of(f func(n int)) cost {
	n := 1
	for {
		begun := time.Now()
		f(n)
		took := time.Since(begun)
		if took > 20*time.Millisecond {
			n = max(1, int(float64(n)*50e6/float64(took)))
			break
		}
		n *= 4
	}
	var cpu []time.Duration
	var allocs float64
	for range m.rounds {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := cpuTime()
		f(n)
		cpu = append(cpu, (cpuTime()-c)/time.Duration(n))
		runtime.ReadMemStats(&after)
		allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	}
	slices.Sort(cpu)
	return cost{cpu[len(cpu)/2], cpu[0], allocs}
}

// cpuTime is the CPU time of this process so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// heap is how much of the heap is alive.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// load is the load average of the last minute.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "not known"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

// String is the cost for a table.
func (c cost) String() string {
	return fmt.Sprintf("%s (%.0f)", short(c.cpu), c.allocs)
}

// short is a time with three digits.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%d ns", d.Nanoseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f µs", float64(d)/1e3)
	}
	return fmt.Sprintf("%.1f ms", float64(d)/1e6)
}
