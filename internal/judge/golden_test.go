package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"github.com/davit-cd/davit"
)

// TestGolden plays scripts. Commands: "new [guard] [steady] [share=25]" begins, steady where there are no bursts;
// "seconds from=0 to=5 canary=(requests,errors,bucket) baseline=(…)" feeds the
// same counts every second, all latencies of one second spread over the bucket
// and its neighbours, and prints each change of verdict and the last sentence.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		var j *Judge
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "new":
				s := Defaults()
				s.Guard = d.HasArg("guard")
				if d.HasArg("steady") {
					s.Burst = -1
				}
				j = New(s)
				if d.HasArg("share") {
					var percent int
					d.ScanArgs(t, "share", &percent)
					j.Expect(float64(percent) / 100)
				}
				return "ok"
			case "seconds":
				return script(t, j, d)
			}
			t.Fatalf("unknown command %q", d.Cmd)
			return ""
		})
	})
}

func script(t *testing.T, j *Judge, d *datadriven.TestData) string {
	var from, to int64
	d.ScanArgs(t, "from", &from)
	d.ScanArgs(t, "to", &to)
	var out strings.Builder
	last, r := davit.Verdict(""), Result{}
	for at := from; at < to; at++ {
		var in []Count
		for v, name := range []string{"canary", "baseline"} {
			if d.HasArg(name) {
				var n, x uint64
				var bucket int
				d.ScanArgs(t, name, &n, &x, &bucket)
				in = append(in, steady(Version(v), n, x, bucket))
			}
		}
		r = j.Second(at, in)
		if r.Verdict != last {
			fmt.Fprintf(&out, "%d: %s\n", at, r.Verdict)
			last = r.Verdict
		}
		if r.Final {
			break
		}
	}
	var safe []string
	for _, s := range scales {
		if r.Safe(s) {
			safe = append(safe, fmt.Sprint(s))
		}
	}
	fmt.Fprintf(&out, "%s\n", r.Why)
	if len(safe) > 0 {
		fmt.Fprintf(&out, "safe at scales %s\n", strings.Join(safe, ", "))
	}
	return out.String()
}

// steady spreads the latencies: most in the bucket, some slower.
func steady(v Version, n, x uint64, bucket int) Count {
	c := Count{Version: v, Instance: v.String(), Requests: n, Errors: x}
	ok := n - x
	for i, share := range []uint64{40, 25, 15, 10, 5, 3, 1} {
		k := ok * share / 100
		if k > 0 {
			c.Hist = append(c.Hist, davit.Bucket{Index: uint8(bucket + 3*i), Count: k})
		}
	}
	return c
}
