package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/davit-cd/davit"
)

// feed plays a world into a stream and returns everything that came out.
func feed(t *testing.T, s *Stream, w *world, from, to int64) string {
	t.Helper()
	var out bytes.Buffer
	put := func(v any) {
		line, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Line(append(line, '\n'))
		if err != nil {
			t.Fatal(err)
		}
		out.Write(got)
	}
	for at := from; at < to; at++ {
		for _, c := range w.second(at) {
			hist := [][2]uint64{}
			for _, b := range c.Hist {
				hist = append(hist, [2]uint64{uint64(b.Index), b.Count})
			}
			put(map[string]any{
				"t": at, "version": c.Version.String(), "instance": c.Instance,
				"requests": c.Requests, "errors": c.Errors, "hist": hist, "extra": "ignored",
			})
		}
		put(map[string]any{"type": "tick", "t": at})
	}
	out.Write(s.End())
	return out.String()
}

func TestStreamAnswersEachTick(t *testing.T) {
	for _, c := range []struct {
		name, verdict string
		change        func(*world)
	}{
		{"healthy", "promote", func(*world) {}},
		{"broken", "rollback", func(w *world) { w.extra = 1 }},
		{"scarce", "inconclusive", func(w *world) { w.rate = 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(3, 500, 0.25)
			c.change(w)
			s := NewStream(Defaults())
			if _, err := s.Line([]byte(`{"type":"meta","share":0.25}`)); err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(feed(t, s, w, -30, 90)), "\n")
			if n := len(lines); n != 120 && n != 121 {
				t.Errorf("%d lines for 120 ticks", n)
			}
			if !strings.Contains(lines[0], `"verdict":"running"`) {
				t.Errorf("history says %s", lines[0])
			}
			if last := lines[len(lines)-1]; !strings.Contains(last, `"verdict":"`+c.verdict+`"`) {
				t.Errorf("last line %s, want %s", last, c.verdict)
			}
		})
	}
}

func TestStreamRepeats(t *testing.T) {
	first := feed(t, NewStream(Defaults()), newWorld(5, 200, 0.1), -60, 120)
	second := feed(t, NewStream(Defaults()), newWorld(5, 200, 0.1), -60, 120)
	if first != second {
		t.Error("the same input gave two outputs")
	}
}

func TestStreamRefuses(t *testing.T) {
	good := `{"t":1,"version":"canary","requests":3}`
	for _, c := range []struct{ line, want string }{
		{`{`, "read JSON"},
		{`[1]`, "read JSON"},
		{`{"t":1,"version":"canary","requests":-1}`, "read JSON"},
		{`{"t":1,"version":"green","requests":1}`, `version "green"`},
		{`{"version":"canary","requests":1}`, "no t"},
		{`{"t":1.5,"version":"canary","requests":1}`, "whole number"},
		{`{"t":1,"version":"canary"}`, "no requests"},
		{`{"t":1,"version":"canary","requests":1,"errors":2}`, "2 errors in 1 requests"},
		{`{"t":1,"version":"canary","requests":1,"hist":[[128,1]]}`, "bucket 128"},
		{`{"t":1,"version":"canary","requests":1,"hist":[[-1,1]]}`, "bucket -1"},
		{`{"t":1,"version":"canary","requests":1,"hist":[[1]]}`, "[bucket, count]"},
		{`{"t":1,"version":"canary","requests":1,"hist":[[1,-5]]}`, "not below 0"},
		{`{"t":1,"version":"canary","requests":1,"hist":[[1,2]]}`, "more latencies"},
		{`{"t":1,"version":"canary","requests":99999999999999999}`, "want at most"},
		{`{"type":"tock","t":1}`, `type "tock"`},
		{`{"type":"tick","t":0}`, "tick of second 0"},
		{`{"t":2,"version":"canary","requests":1}`, "before the tick of second 1"},
		{`{"type":"meta","share":2}`, "share 2"},
		{strings.Repeat("x", mostLine+1), "want at most"},
	} {
		s := NewStream(Defaults())
		if _, err := s.Line([]byte(good)); err != nil {
			t.Fatal(err)
		}
		_, err := s.Line([]byte(c.line))
		if err == nil || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.60s: %v, want line 2 … %s", c.line, err, c.want)
		}
		if davit.KindOf(err) != davit.Invalid {
			t.Errorf("%.60s: kind %s", c.line, davit.KindOf(err))
		}
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(`{"t":0,"version":"canary","requests":5,"errors":1,"hist":[[48,2],[51,2]],"kinds":[[5,1]]}`))
	f.Add([]byte(`{"t":-3,"version":"baseline","instance":"b07","requests":1000000000,"hist":[[47,1]]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		s := NewStream(Defaults())
		for i := range 5 {
			if _, err := s.Line(line); err != nil {
				return
			}
			if _, err := s.Line(fmt.Appendf(nil, `{"type":"tick","t":%d}`, i)); err != nil {
				return
			}
		}
	})
}
