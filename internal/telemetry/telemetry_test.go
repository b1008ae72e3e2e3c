package telemetry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
)

// start is the first second of an hour.
const start = 1_792_000_800

// clock is the time that a DB under test believes in.
type clock struct {
	mu  sync.Mutex
	now int64
}

func (c *clock) set(second int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = second
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Unix(c.now, 0)
}

func open(t testing.TB, dir string, c *clock) *DB {
	t.Helper()
	db, err := Open(t.Context(), dir, Options{Now: c.time, Trouble: func(err error) { t.Error(err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func appendAll(t testing.TB, db *DB, samples ...davit.Sample) {
	t.Helper()
	if err := db.Append(t.Context(), samples); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, db *DB, s Selector) []davit.Sample {
	t.Helper()
	all, err := db.Range(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// sample returns a plausible second of a version.
func sample(second int64, release string, requests int) davit.Sample {
	r := rand.New(rand.NewPCG(uint64(second), uint64(len(release))))
	s := davit.Sample{Second: second, Service: "shop", Environment: "production", Release: release, Instance: release + "-production-1"}
	counts := map[uint8]uint64{}
	for range requests {
		if r.IntN(200) == 0 {
			s.Status[5]++
			s.Errors++
			continue
		}
		s.Status[2]++
		s.Bytes += uint64(800 + r.IntN(4000))
		counts[uint8(min(max(24+r.NormFloat64()*5, 0), 127))]++
	}
	s.Requests = uint64(requests)
	for i := range uint8(128) {
		if n := counts[i]; n > 0 {
			s.Hist = append(s.Hist, davit.Bucket{Index: i, Count: n})
		}
	}
	return s
}

func drawSample(t *rapid.T) davit.Sample {
	number := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Range(0, 300), rapid.Uint64())
	s := davit.Sample{
		Requests: number.Draw(t, "requests"), Errors: number.Draw(t, "errors"), Bytes: number.Draw(t, "bytes"),
		Refused: number.Draw(t, "refused"), Retries: number.Draw(t, "retries"),
	}
	for i := range s.Status {
		s.Status[i] = number.Draw(t, "status")
	}
	for _, i := range slices.Sorted(slices.Values(rapid.SliceOfDistinct(rapid.Uint8Range(0, 127), rapid.ID[uint8]).Draw(t, "buckets"))) {
		s.Hist = append(s.Hist, davit.Bucket{Index: i, Count: number.Draw(t, "count")})
	}
	return s
}

func TestSampleSurvivesItsCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawSample(t)
		var got davit.Sample
		if err := readSample(appendSample(nil, &want), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v, %v", got, want, err)
		}
	})
}

// Every field of davit.Sample must be in the code: whoever adds one is told.
func TestEveryFieldIsKept(t *testing.T) {
	want := davit.Sample{Second: start, Hist: davit.Hist{{Index: 3, Count: 4}}}
	v := reflect.ValueOf(&want).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(v.Type().Field(i).Name)
		case reflect.Uint64:
			f.SetUint(uint64(i + 1000))
		case reflect.Array:
			for j := range f.Len() {
				f.Index(j).SetUint(uint64(j + 1))
			}
		}
	}
	db := open(t, t.TempDir(), &clock{now: start})
	appendAll(t, db, want)
	if got := read(t, db, Selector{}); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Fatalf("got %+v, want %+v", got, want)
	}
	if got := read(t, db, Selector{From: start}); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Fatalf("from memory: got %+v, want %+v", got, want)
	}
}

// Any way of appending, again and out of order, with restarts and sealing in
// between, reads as the set of what was appended first.
func TestReadsWhatWasAppended(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "telemetry")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		c := &clock{now: start + 3*hour}
		options := Options{Now: c.time, Memory: time.Hour, Trouble: func(err error) { t.Error(err) }}
		db, err := Open(context.Background(), dir, options)
		if err != nil {
			t.Fatal(err)
		}
		model := map[string]davit.Sample{}
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				var batch []davit.Sample
				for range rapid.IntRange(1, 5).Draw(t, "n") {
					s := drawSample(t)
					s.Second = c.now - rapid.Int64Range(0, 4*hour).Draw(t, "ago")/600*600 // collide
					s.Release = rapid.SampledFrom([]string{"shop-1", "shop-2"}).Draw(t, "release")
					s.Mark = rapid.SampledFrom([]davit.Mark{davit.Live, davit.Probe}).Draw(t, "mark")
					batch = append(batch, s)
				}
				if err := db.Append(context.Background(), batch); err != nil {
					t.Fatal(err)
				}
				for _, s := range batch {
					k := fmt.Sprint(s.Second, s.Release, s.Mark)
					if _, there := model[k]; !there {
						model[k] = s
					}
				}
			},
			"tidy": func(t *rapid.T) {
				if err := db.tidy(context.Background()); err != nil {
					t.Fatal(err)
				}
			},
			"later": func(t *rapid.T) { c.set(c.now + rapid.Int64Range(1, 1200).Draw(t, "seconds")) },
			"restart": func(t *rapid.T) {
				if err := db.Close(); err != nil {
					t.Fatal(err)
				}
				if db, err = Open(context.Background(), dir, options); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				s := Selector{From: c.now - rapid.Int64Range(0, 5*hour).Draw(t, "from"), To: c.now - rapid.Int64Range(0, hour).Draw(t, "to")}
				s.Release = rapid.SampledFrom([]string{"", "shop-1"}).Draw(t, "only")
				got, err := db.Range(context.Background(), s)
				if err != nil {
					t.Fatal(err)
				}
				want := 0
				for _, m := range model {
					if m.Second >= s.From && m.Second <= s.To && (s.Release == "" || s.Release == m.Release) {
						want++
					}
				}
				if len(got) != want {
					t.Fatalf("%d samples, want %d", len(got), want)
				}
				for i, g := range got {
					if m := model[fmt.Sprint(g.Second, g.Release, g.Mark)]; !reflect.DeepEqual(g, m) {
						t.Fatalf("got %+v, want %+v", g, m)
					}
					if i > 0 && got[i-1].Second > g.Second {
						t.Fatal("not sorted")
					}
				}
			},
		})
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRedeliveryAfterRestartDoesNotDouble(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: start + 10}
	batch := []davit.Sample{sample(start+9, "shop-1", 50), sample(start+10, "shop-1", 60), sample(start+10, "shop-2", 5)}
	db := open(t, dir, c)
	appendAll(t, db, batch...)
	size := folderSize(t, dir)
	appendAll(t, db, batch...)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, c)
	appendAll(t, db, batch...)
	if folderSize(t, dir) != size {
		t.Fatal("a repetition was written")
	}
	for _, from := range []int64{0, start} { // disk, memory
		if got := read(t, db, Selector{From: from}); !reflect.DeepEqual(got, batch) {
			t.Fatal(got)
		}
	}
}

func folderSize(t testing.TB, dir string) (n int64) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}

func TestRetentionAndBounds(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: start}
	db := open(t, dir, c)
	appendAll(t, db, sample(start, "shop-1", 9), sample(start+2*hour+1, "shop-1", 9), sample(start-8*24*hour, "shop-1", 9))
	if got := read(t, db, Selector{}); len(got) != 1 {
		t.Fatal("a sample from the future or the far past was kept", got)
	}
	c.set(start + 7*24*hour)
	appendAll(t, db, sample(start+7*24*hour, "shop-1", 9))
	if err := db.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, db, Selector{}); len(got) != 2 {
		t.Fatal("dropped too early", got)
	}
	c.set(start + 7*24*hour + hour + 1)
	if err := db.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, db, Selector{}); len(got) != 1 || got[0].Second != start+7*24*hour {
		t.Fatal(got)
	}
}

func TestLatestAndSeries(t *testing.T) {
	db := open(t, t.TempDir(), &clock{now: start + 100})
	for i := range int64(20) {
		s := davit.Sample{
			Second: start + i, Service: "shop", Environment: "production", Release: "shop-1", Instance: "a",
			Requests: 10, Errors: 1, Status: [6]uint64{0, 0, 9, 0, 0, 1}, Bytes: 100, Hist: davit.Hist{{Index: 8, Count: 9}},
		}
		other := s
		other.Instance = "b"
		probe := s
		probe.Mark = davit.Probe
		appendAll(t, db, s, other, probe)
	}
	if latest := db.Latest("shop", "production"); len(latest) != 3 || latest[0].Second != start+19 {
		t.Fatal(latest)
	}
	if latest := db.Latest("blog", "production"); len(latest) != 0 {
		t.Fatal(latest)
	}
	for _, from := range []int64{0, start} { // disk, memory
		got, err := db.Series(t.Context(), Selector{Service: "shop", Marks: []davit.Mark{davit.Live}, From: from}, 15)
		want := []Series{{
			Service: "shop", Environment: "production", Release: "shop-1", Step: 15,
			Points: []Point{
				{At: start, Requests: 300, Errors: 30, Bytes: 3000, Hist: davit.Hist{{Index: 8, Count: 270}}},
				{At: start + 15, Requests: 100, Errors: 10, Bytes: 1000, Hist: davit.Hist{{Index: 8, Count: 90}}},
			},
		}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v %v", got, err)
		}
	}
	if _, err := db.Series(t.Context(), Selector{}, 0); davit.KindOf(err) != davit.Invalid {
		t.Fatal(err)
	}
}

func TestSelect(t *testing.T) {
	c := &clock{now: start}
	db := open(t, t.TempDir(), c)
	for i := range int64(3) {
		c.set(start + i*hour)
		appendAll(t, db, sample(start+i*hour, "shop-1", 10), sample(start+i*hour, "shop-2", 20))
	}
	if err := db.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	names := func(matchers ...Matcher) (all []string) {
		t.Helper()
		streams, err := db.Select(t.Context(), matchers, start, start+2*hour)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range streams {
			text := fmt.Sprint(s.Labels)
			for c, err := range s.Counts() {
				if err != nil {
					t.Fatal(err)
				}
				text += fmt.Sprint(" ", (c.Second-start)/hour, ":", c.Requests, ":", c.Hist.Total()+c.Errors)
			}
			all = append(all, text)
		}
		return all
	}
	one := "[{environment production} {instance shop-1-production-1} {release shop-1} {service shop}] 0:10:10 1:20:20 2:30:30"
	two := "[{environment production} {instance shop-2-production-1} {release shop-2} {service shop}] 0:20:20 1:40:40 2:60:60"
	for _, test := range []struct {
		matchers []Matcher
		want     []string
	}{
		{nil, []string{one, two}},
		{[]Matcher{{"service", "=", "shop"}, {"release", "!=", "shop-1"}}, []string{two}},
		{[]Matcher{{"release", "=~", "shop|shop-[13]"}}, []string{one}},
		{[]Matcher{{"release", "!~", "shop"}, {"mark", "=", ""}}, []string{one, two}},
		{[]Matcher{{"mark", "=", "probe"}}, nil},
	} {
		if got := names(test.matchers...); !slices.Equal(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.matchers, got, test.want)
		}
	}
	for _, bad := range []Matcher{{"release", "=~", "("}, {"release", "~", "x"}} {
		if _, err := db.Select(t.Context(), []Matcher{bad}, 0, 1); davit.KindOf(err) != davit.Invalid {
			t.Error(bad, err)
		}
	}
}

func TestIdleWritesNothing(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, &clock{now: start})
	appendAll(t, db)
	if n := folderSize(t, dir); n != 0 {
		t.Fatal(n)
	}
}

func TestConcurrent(t *testing.T) {
	db := open(t, t.TempDir(), &clock{now: start + 3*hour})
	var group sync.WaitGroup
	for w := range 4 {
		group.Go(func() {
			for i := range int64(50) {
				appendAll(t, db, sample(start+i*200, fmt.Sprint("shop-", w), 5))
			}
		})
		group.Go(func() {
			for range 20 {
				read(t, db, Selector{Release: fmt.Sprint("shop-", w)})
				db.Latest("shop", "production")
				if err := db.tidy(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if got := read(t, db, Selector{}); len(got) != 200 {
		t.Fatal(len(got))
	}
}
