package telemetry

import (
	"fmt"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
)

// BenchmarkAppend appends a second of 100 busy versions, with its sync.
func BenchmarkAppend(b *testing.B) {
	for _, requests := range []int{5, 100, 1000} {
		b.Run(fmt.Sprintf("versions=100/requests=%d", requests), func(b *testing.B) {
			dir, c := b.TempDir(), &clock{now: start}
			db := open(b, dir, c)
			batch := make([]davit.Sample, 100)
			for i := range batch {
				batch[i] = sample(start, fmt.Sprintf("shop-%d", i), requests)
			}
			n := int64(0)
			used := processorTime(b)
			for b.Loop() {
				for i := range batch {
					batch[i].Second = start + n
				}
				c.set(start + n)
				appendAll(b, db, batch...)
				n++
			}
			b.ReportMetric(float64((processorTime(b)-used).Microseconds())/float64(n), "cpu-µs/op")
			b.ReportMetric(float64(folderSize(b, dir))/float64(n*100), "B/sample")
		})
	}
}

// BenchmarkHour seals an hour of ten versions, then reads one of them.
func BenchmarkHour(b *testing.B) {
	dir, c := b.TempDir(), &clock{now: start}
	db := open(b, dir, c)
	const versions = 10
	for n := range int64(hour) {
		c.set(start + n)
		batch := make([]davit.Sample, 0, versions)
		for i := range versions {
			batch = append(batch, sample(start+n, fmt.Sprintf("shop-%d", i), 100))
		}
		appendAll(b, db, batch...)
	}
	logged := folderSize(b, dir)
	c.set(start + 2*hour)
	if err := db.tidy(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("seal", func(b *testing.B) {
		everything := func(key) bool { return true }
		for b.Loop() {
			content, err := db.readHour(start, everything)
			if err != nil {
				b.Fatal(err)
			}
			if err := writeSealed(db.path(start, ".tmp"), start, content); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/(hour*versions), "µs/sample")
		b.ReportMetric(float64(logged)/(hour*versions), "logB/sample")
		b.ReportMetric(float64(folderSize(b, dir))/(hour*versions)/2, "sealedB/sample")
	})
	b.Run("series", func(b *testing.B) {
		for b.Loop() {
			s, err := db.Series(b.Context(), Selector{Release: "shop-3"}, 60)
			if err != nil || len(s) != 1 || len(s[0].Points) != 60 {
				b.Fatal(len(s), err)
			}
		}
	})
}

// BenchmarkMemory says what the newest 15 minutes of 100 busy versions take.
func BenchmarkMemory(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	dir, c := b.TempDir(), &clock{now: start}
	db := open(b, dir, c)
	for n := range int64(1200) {
		c.set(start + n)
		batch := make([]davit.Sample, 0, 100)
		for i := range 100 {
			batch = append(batch, sample(start+n, fmt.Sprintf("shop-%d", i), 100))
		}
		appendAll(b, db, batch...)
	}
	for b.Loop() { // one look of the judge at its last two seconds
		all, err := db.Samples(b.Context(), "shop", "production", start+1198, start+1199)
		if err != nil || len(all) != 200 {
			b.Fatal(len(all), err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
	runtime.KeepAlive(db)
}

// processorTime is what this process has used so far.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
