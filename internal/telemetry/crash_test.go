package telemetry

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/davit-cd/davit"
)

// A crash in the middle of a write leaves any prefix of it, or a prefix and
// rubbish; what was acknowledged stays, and appending goes on.
func TestTornTail(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: start + 2}
	db := open(t, dir, c)
	path := db.path(start, logEnd)
	appendAll(t, db, sample(start, "shop-1", 9))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, db, sample(start+1, "shop-2", 9))
	both, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for n := len(whole); n < len(both); n++ {
		for _, rubbish := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00", strings.Repeat("\xff", 200)} {
			if err := os.WriteFile(path, append(both[:n:n], rubbish...), 0o600); err != nil {
				t.Fatal(err)
			}
			db := open(t, dir, c)
			appendAll(t, db, sample(start+2, "shop-3", 9))
			if got := read(t, db, Selector{}); len(got) != 2 || got[0].Release != "shop-1" || got[1].Release != "shop-3" {
				t.Fatal(n, got)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestDamageIsPassedOverAndTold(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: start}
	db := open(t, dir, c)
	for i := range int64(20) {
		appendAll(t, db, sample(start+i, "shop-1", 9), sample(start+i, "shop-2", 9))
	}
	c.set(start + 2*hour)
	if err := db.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	path := db.path(start, sealedEnd)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x55
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		troubles := 0
		db, err := Open(t.Context(), dir, Options{Now: c.time, Trouble: func(error) { troubles++ }})
		if err != nil {
			t.Fatal(err)
		}
		if got := read(t, db, Selector{}); troubles == 0 || len(got) > 20 {
			t.Fatalf("byte %d: %d troubles, %d samples", at, troubles, len(got))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// One damaged byte of a log costs the delivery it is in, and what follows only
// where series were named in it.
func TestDamagedLogKeepsTheRest(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: start + 30}
	db := open(t, dir, c)
	appendAll(t, db, sample(start, "shop-1", 9))
	named := folderSize(t, dir)
	for i := range int64(9) {
		appendAll(t, db, sample(start+1+i, "shop-1", 9))
	}
	path := db.path(start, logEnd)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for at := int(named); at < len(whole); at += 3 {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x55
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(t.Context(), dir, Options{Now: c.time})
		if err != nil {
			t.Fatal(err)
		}
		appendAll(t, db, sample(start+20, "shop-1", 9))
		if got := read(t, db, Selector{}); len(got) != 10 {
			t.Fatalf("byte %d: %d samples", at, len(got))
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLargeDelivery(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: start + 900}
	db := open(t, dir, c)
	var all []davit.Sample
	for i := range int64(900) {
		for v := range 30 {
			all = append(all, sample(start+i, fmt.Sprint("shop-", v), 60))
		}
	}
	appendAll(t, db, all...)
	if n := folderSize(t, dir); n < mostFrame {
		t.Fatal("not large enough to be split:", n)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, c)
	if got := read(t, db, Selector{}); len(got) != len(all) {
		t.Fatal(len(got), len(all))
	}
}

// A crash between two steps of sealing leaves doubles, never gaps.
func TestSealingIsCrashSafe(t *testing.T) {
	dir, c := t.TempDir(), &clock{now: start}
	db := open(t, dir, c)
	appendAll(t, db, sample(start, "shop-1", 9))
	want := read(t, db, Selector{})
	log, err := os.ReadFile(db.path(start, logEnd))
	if err != nil {
		t.Fatal(err)
	}
	c.set(start + 2*hour)
	check := func(files ...string) {
		t.Helper()
		if got := read(t, db, Selector{}); !reflect.DeepEqual(got, want) {
			t.Fatal(got)
		}
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(names) != len(files) {
			t.Fatal(names, err)
		}
		for i, n := range names {
			if filepath.Ext(n) != files[i] {
				t.Fatal(names)
			}
		}
	}
	if _, err := db.setAside(start); err != nil {
		t.Fatal(err)
	}
	check(".old")
	if err := db.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(".seg")
	if err := os.WriteFile(db.path(start, oldEnd), log, 0o600); err != nil { // died before the last step
		t.Fatal(err)
	}
	check(".old", ".seg")
	if err := os.WriteFile(db.path(start, ".tmp"), []byte("half"), 0o600); err != nil { // died while writing
		t.Fatal(err)
	}
	check(".old", ".seg", ".tmp")
	if err := db.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(".seg")
	late := sample(start+5, "shop-1", 9)
	appendAll(t, db, late)
	want = append(want, late)
	check(".log", ".seg")
	if err := db.tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	check(".seg")
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("NOT TESTED: a full disk; mounting a small one needs more rights:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	c := &clock{now: start + 3000}
	db := open(t, dir, c)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 16<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	kept := int64(0)
	for ; err == nil && kept < 3000; kept++ {
		err = db.Append(t.Context(), []davit.Sample{sample(start+kept, "shop-1", 500)})
	}
	kept--
	if davit.KindOf(err) != davit.Unavailable || !strings.Contains(err.Error(), "full") {
		t.Fatal(err)
	}
	if got := read(t, db, Selector{}); int64(len(got)) != kept {
		t.Fatal(len(got), kept)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	appendAll(t, db, sample(start+kept, "shop-1", 500))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir, c)
	if got := read(t, db, Selector{}); int64(len(got)) != kept+1 {
		t.Fatal(len(got), kept)
	}
}
