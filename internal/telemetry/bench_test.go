package telemetry

import (
	"fmt"
	"testing"

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
			for b.Loop() {
				for i := range batch {
					batch[i].Second = start + n
				}
				c.set(start + n)
				appendAll(b, db, batch...)
				n++
			}
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
