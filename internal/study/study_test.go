package study

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/experiment"
)

func design() experiment.Design {
	return experiment.Design{
		Variants: []experiment.Arm{{Name: "off", Share: 1}, {Name: "on", Share: 1}},
		Metrics:  []experiment.Metric{{Name: "order", Kind: experiment.Mean}},
	}
}

func fill(t *testing.T, s *Shelf, from, to int) {
	t.Helper()
	for u := from; u < to; u++ {
		id := experiment.UnitOf(fmt.Sprint(u))
		items := []experiment.Item{{Unit: id, Variant: []string{"off", "on"}[u%2], At: 1}, {ID: uint64(u), Unit: id, Event: "order", Value: float64(u), At: 2}}
		if n, err := s.Take("e", items); err != nil || n != 2 {
			t.Fatal(n, err)
		}
		if n, err := s.Take("e", items); err != nil || n != 0 { // sent again
			t.Fatal(n, err)
		}
	}
}

func result(t *testing.T, s *Shelf) experiment.Result {
	t.Helper()
	r, err := s.Analyze("e")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestKept holds that a study is the same after it was closed, folded, and cut
// short at any byte of its last frame.
func TestKept(t *testing.T) {
	dir := t.TempDir()
	s := New(dir)
	if err := s.Open("e", design()); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 0, 200)
	if err := s.studies["e"].fold(); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 200, 300)
	want := result(t, s)
	again := New(dir)
	if err := again.Open("e", design()); err != nil {
		t.Fatal(err)
	}
	if got := result(t, again); !reflect.DeepEqual(got, want) {
		t.Errorf("read again\n%+v\nwant\n%+v", got, want)
	}
	before := again.studies["e"].size
	fill(t, again, 300, 301)
	path := again.studies["e"].framesPath()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	for cut := before; cut < before+60; cut++ {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		torn := New(dir)
		if err := torn.Open("e", design()); err != nil {
			t.Fatal(err)
		}
		if got := result(t, torn); !reflect.DeepEqual(got, want) {
			t.Fatalf("cut at %d: %+v", cut, got.Arms)
		}
		_ = torn.Close()
	}
}

// TestLeftOvers: a crash between two steps of folding leaves files that are
// removed.
func TestLeftOvers(t *testing.T) {
	dir := t.TempDir()
	s := New(dir)
	if err := s.Open("e", design()); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 0, 10)
	folder := s.studies["e"].folder
	if err := os.WriteFile(filepath.Join(folder, "log.1"), []byte("begun by a fold that never ended"), 0o600); err != nil {
		t.Fatal(err)
	}
	again := New(dir)
	if err := again.Open("e", design()); err != nil {
		t.Fatal(err)
	}
	if got := result(t, again).Arms[0].Units; got != 5 {
		t.Errorf("%d units", got)
	}
	if err := again.studies["e"].fold(); err != nil {
		t.Fatal(err)
	}
	fill(t, again, 10, 20)
	if got := result(t, again).Arms[0].Units; got != 10 {
		t.Errorf("%d units", got)
	}
}

// TestAnotherDesign: figures of one design are none of another.
func TestAnotherDesign(t *testing.T) {
	dir := t.TempDir()
	s := New(dir)
	if err := s.Open("e", design()); err != nil {
		t.Fatal(err)
	}
	fill(t, s, 0, 10)
	_ = s.Close()
	if _, err := s.Analyze("e"); davit.KindOf(err) != davit.NotFound {
		t.Errorf("closed: %v", err)
	}
	d := design()
	d.Metrics[0].Cap = 5
	if err := s.Open("e", d); err != nil {
		t.Fatal(err)
	}
	if got := result(t, s).Arms[0].Units; got != 0 {
		t.Errorf("%d units of another design", got)
	}
	if err := s.Drop("e"); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("dropped, but %v is left", left)
	}
	if err := s.Open("f", experiment.Design{}); davit.KindOf(err) != davit.Invalid {
		t.Errorf("no design: %v", err)
	}
}
