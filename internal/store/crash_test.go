package store_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/audit"
	"github.com/davit-cd/davit/internal/store"
)

// The roles that this test binary plays as a child of itself.
const (
	childVariable = "DAVIT_STORE_TEST_CHILD"
	childFolder   = "DAVIT_STORE_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case "":
		os.Exit(m.Run())
	case "keep":
		keepForever(os.Getenv(childFolder))
	case "before", "after":
		dieAtCommit(os.Getenv(childVariable), os.Getenv(childFolder))
	case "lock":
		lockForever(os.Getenv(childFolder))
	}
	os.Exit(3)
}

// child starts this test binary in a role and returns its output.
func child(t *testing.T, role, folder string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childVariable+"="+role, childFolder+"="+folder)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewScanner(out)
}

// keepForever writes from four goroutines and says what was acknowledged.
func keepForever(folder string) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Options{Path: filepath.Join(folder, "state.db")})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				events, err := s.Keep(ctx, davit.Change{
					Records: []davit.Record{{Kind: "write", ID: id, Body: []byte(strings.Repeat("x", 300))}},
					Events:  []davit.Event{{Kind: "written", Text: id}, {Kind: "written", Text: id}},
					Effects: []davit.Effect{{Key: id, Kind: "nothing"}},
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(4)
				}
				fmt.Fprintf(os.Stdout, "%s %d\n", id, events[1].Seq) // one write, so lines do not mix
			}
		}()
	}
	select {}
}

func TestKillLosesNothingAcknowledged(t *testing.T) {
	folder := t.TempDir()
	acknowledged := map[string]string{} // id → last sequence number
	for round := range 20 {
		c, out := child(t, "keep", folder)
		for enough := 20 + rand.IntN(200); enough > 0 && out.Scan(); enough-- {
			id, seq, _ := strings.Cut(out.Text(), " ")
			acknowledged[id] = seq
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for out.Scan() { // what it still said before it died; a torn last line has no number
			if id, seq, whole := strings.Cut(out.Text(), " "); whole {
				acknowledged[id] = seq
			}
		}
		_ = c.Wait()
		if round%5 == 4 {
			verifyAfterCrash(t, folder, acknowledged)
		}
	}
	t.Log(len(acknowledged), "acknowledged writes in 20 lives")
}

func verifyAfterCrash(t *testing.T, folder string, acknowledged map[string]string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(folder, "state.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	v := audit.NewVerifier(audit.Checkpoint{Seq: head.Seq, Hash: head.Hash})
	lines := map[string][]int64{}
	err = s.EventsSince(t.Context(), 0, func(e davit.Event) error {
		v.Event(e)
		lines[e.Text] = append(lines[e.Text], e.Seq)
		return nil
	})
	if r := v.Finish(); err != nil || !r.OK() {
		t.Fatal(r, err)
	}
	effects, err := s.Effects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Count(t.Context(), davit.Query{Kind: "write"})
	if err != nil || n != len(lines) || n != len(effects) {
		t.Fatal("half a change: records", n, "changes in the journal", len(lines), "effects", len(effects), err)
	}
	for id, seq := range acknowledged {
		if got := lines[id]; len(got) != 2 || !strings.HasPrefix(fmt.Sprint(got[1]), seq) {
			t.Fatal("an acknowledged write is lost:", id, seq, got)
		}
	}
}

// dieAtCommit keeps changes one by one and dies around the fifth commit, of
// which the first is made by opening.
func dieAtCommit(when, folder string) {
	die := func(n int64) {
		if n == 5 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	o := store.Options{Path: filepath.Join(folder, "state.db")}
	if when == "before" {
		o.BeforeWrite = die
	} else {
		o.AfterWrite = die
	}
	ctx := context.Background()
	s, err := store.Open(ctx, o)
	for i := 0; err == nil; i++ {
		_, err = s.Keep(ctx, davit.Change{
			Records: []davit.Record{{Kind: "write", ID: fmt.Sprint(i)}},
			Events:  []davit.Event{{Kind: "written", Text: fmt.Sprint(i)}, {Kind: "written", Text: fmt.Sprint(i)}},
			Effects: []davit.Effect{{Key: fmt.Sprint(i), Kind: "nothing"}},
		})
	}
	fmt.Fprintln(os.Stderr, err)
}

// A process that dies between commit and acknowledgement leaves the change
// whole; one that dies before the commit leaves nothing of it.
func TestDeathAroundTheCommit(t *testing.T) {
	for when, want := range map[string]int{"before": 3, "after": 4} {
		folder := t.TempDir()
		c, _ := child(t, when, folder)
		if err := c.Wait(); err == nil || c.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatal("the child did not die as it should:", err)
		}
		verifyAfterCrash(t, folder, nil)
		s := open(t, store.Options{Path: filepath.Join(folder, "state.db")})
		if n, err := s.Count(t.Context(), davit.Query{Kind: "write"}); n != want || err != nil {
			t.Fatal(when, n, want, err)
		}
	}
}

func TestHooksStandAroundTheCommit(t *testing.T) {
	var order []string
	note := func(what string) func(int64) {
		return func(n int64) { order = append(order, fmt.Sprint(what, n)) }
	}
	s := open(t, store.Options{Path: filepath.Join(t.TempDir(), "state.db"), BeforeWrite: note("before"), AfterWrite: note("after")})
	if _, err := s.Keep(t.Context(), davit.Change{Events: []davit.Event{{Kind: "x"}}}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"before1", "after1", "before2", "after2"}; !slices.Equal(order, want) { // 1: opening forgets stale claims
		t.Fatal(order)
	}
}

func lockForever(folder string) {
	if _, err := store.Lock(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	os.Stdout.WriteString("locked\n")
	select {}
}

func TestLockNamesItsHolderAndEndsWithIt(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	c, out := child(t, "lock", folder)
	if !out.Scan() {
		t.Fatal("the child did not lock")
	}
	_, err := store.Lock(folder)
	if davit.KindOf(err) != davit.Conflict || !strings.Contains(err.Error(), fmt.Sprintf("in use by process %d since 20", c.Process.Pid)) {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	for deadline := time.Now().Add(5 * time.Second); ; {
		lock, err := store.Lock(folder)
		if err == nil {
			if _, err := store.Lock(folder); davit.KindOf(err) != davit.Conflict {
				t.Fatal("locked twice", err)
			}
			if err := lock.Unlock(); err != nil {
				t.Fatal(err)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
