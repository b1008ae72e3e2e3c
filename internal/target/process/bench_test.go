package process

import (
	"context"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// BenchmarkIdle measures what supervising idle instances costs the server:
// cpu in percent of a core and memory for each of them. DAVIT_INSTANCES says
// how many (default 200); it takes half a minute.
func BenchmarkIdle(b *testing.B) {
	n, _ := strconv.Atoi(os.Getenv("DAVIT_INSTANCES"))
	if n == 0 {
		n = 200
	}
	exe, _ := os.Executable()
	t := New(Options{Data: b.TempDir(), Executable: exe})
	defer t.Close()
	l := davit.Workload{
		Service: "shop", Environment: "production", Release: "shop-1",
		Command: []string{exe, "service", "good"}, Ready: davit.Check{HTTP: "/ready"}, StartWithin: 5 * time.Minute,
	}
	before := memory()
	begin, used := time.Now(), cpu()
	if err := t.Ensure(b.Context(), l, n, 1); err != nil {
		b.Fatal(err)
	}
	if _, err := t.Await(b.Context(), l.Release, l.Environment, n); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = t.Stop(context.Background(), l.Release, l.Environment, 2) }()
	b.ReportMetric(time.Since(begin).Seconds()*1000/float64(n), "start-ms/instance")
	b.ReportMetric((cpu()-used).Seconds()*1000/float64(n), "start-cpu-ms/instance")
	const span = 20 * time.Second
	<-time.After(5 * time.Second)
	used = cpu()
	if f, err := os.Create(os.Getenv("DAVIT_PROFILE")); err == nil {
		_ = pprof.StartCPUProfile(f)
		defer f.Close()
	}
	<-time.After(span)
	pprof.StopCPUProfile()
	b.ReportMetric(float64(cpu()-used)/float64(span)*100*1000/float64(n), "%core/1000")
	b.ReportMetric(float64(memory()-before)/float64(n), "B/instance")
	b.ReportMetric(float64(runtime.NumGoroutine())/float64(n), "goroutines/instance")
	b.ReportMetric(0, "ns/op")
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}
