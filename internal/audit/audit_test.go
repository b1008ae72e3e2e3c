package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/audit"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

// journal returns n chained lines.
func journal(n int, text func(i int) string) []davit.Event {
	var all []davit.Event
	prev := ""
	for i := range n {
		e := audit.Clean(davit.Event{
			Seq: int64(i + 1), At: start.Add(time.Duration(i) * time.Second), Kind: "run.started", Actor: "ann",
			Service: "shop", Text: text(i), Data: map[string]string{"n": fmt.Sprint(i), "x\"y": text(i)},
		})
		e.Prev = prev
		e.Hash = audit.Chain(prev, e)
		prev = e.Hash
		all = append(all, e)
	}
	return all
}

func plainText(i int) string { return fmt.Sprintf("Line %d.", i+1) }

func head(all []davit.Event) audit.Checkpoint {
	last := all[len(all)-1]
	return audit.Checkpoint{Seq: last.Seq, Hash: last.Hash}
}

func export(all []davit.Event) [][]byte {
	var out [][]byte
	for _, e := range all {
		out = append(out, audit.Line(e))
	}
	return out
}

func verifyLines(t interface{ Fatal(...any) }, lines [][]byte, vouched ...audit.Checkpoint) audit.Report {
	var b bytes.Buffer
	for _, l := range lines {
		b.Write(l)
		b.WriteByte('\n')
	}
	r, err := audit.VerifyExport(&b, audit.NewVerifier(vouched...))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func names(r audit.Report, f audit.Fault, seq int64) bool {
	return slices.ContainsFunc(r.Problems, func(p audit.Problem) bool {
		return p.Fault == f && p.From <= seq && seq <= p.To
	})
}

func TestWholeJournalIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.String(), 1, 20).Draw(t, "texts")
		all := journal(len(texts), func(i int) string { return texts[i] })
		if r := audit.Verify(slices.Values(all), head(all)); !r.OK() || r.Lines != int64(len(all)) {
			t.Fatal(r)
		}
		if r := verifyLines(t, export(all), head(all)); !r.OK() {
			t.Fatal(r)
		}
		for _, l := range export(all) {
			if !json.Valid(l) {
				t.Fatalf("not JSON: %s", l)
			}
		}
	})
}

func TestAnyByteFlippedIsNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "lines")
		all := journal(n, plainText)
		lines := export(all)
		i := rapid.IntRange(0, n-1).Draw(t, "line")
		lines[i] = slices.Clone(lines[i])
		at := rapid.IntRange(0, len(lines[i])-1).Draw(t, "byte")
		old := lines[i][at]
		lines[i][at] = rapid.Byte().Filter(func(b byte) bool { return b != old }).Draw(t, "to")
		r := verifyLines(t, lines, head(all))
		if r.OK() || r.Problems[0].From > int64(i+1) || !names(r, audit.Changed, int64(i+1)) {
			t.Fatalf("line %d byte %d %q → %q: %v", i+1, at, old, lines[i][at], r.Problems)
		}
		if lines[i][at] != '\n' && len(r.Problems) != 1 {
			t.Fatalf("line %d byte %d %q → %q: others are blamed: %v", i+1, at, old, lines[i][at], r.Problems)
		}
	})
}

// A change of the stored fields, as somebody with the database open would make.
func TestAnyFieldChangedIsNamed(t *testing.T) {
	changes := map[string]func(*davit.Event){
		"at":     func(e *davit.Event) { e.At = e.At.Add(1) },
		"kind":   func(e *davit.Event) { e.Kind = "x" },
		"actor":  func(e *davit.Event) { e.Actor = "eve" },
		"moved":  func(e *davit.Event) { e.Service, e.Environment = e.Environment, e.Service },
		"text":   func(e *davit.Event) { e.Text += " " },
		"data":   func(e *davit.Event) { e.Data = map[string]string{"n": "99"} },
		"digest": func(e *davit.Event) { e.Digest = "sha256:1" },
		"hash":   func(e *davit.Event) { e.Hash = strings.Repeat("0", 64) },
		"prev":   func(e *davit.Event) { e.Prev = strings.Repeat("0", 64) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			all := journal(9, plainText)
			change(&all[4])
			r := audit.Verify(slices.Values(all), head(all))
			if len(r.Problems) != 1 || r.Problems[0].Text != "line 5: content was changed" {
				t.Fatal(r.Problems)
			}
		})
	}
}

func TestDroppedLinesAreNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "lines")
		all := journal(n, plainText)
		from := rapid.IntRange(0, n-1).Draw(t, "from")
		to := rapid.IntRange(from, n-1).Draw(t, "to")
		rest := slices.Delete(slices.Clone(all), from, to+1)
		r := audit.Verify(slices.Values(rest), head(all))
		want := audit.Problem{Fault: audit.Missing, From: int64(from + 1), To: int64(to + 1)}
		if to == n-1 {
			want.Fault = audit.Cut
		}
		if len(r.Problems) != 1 {
			t.Fatal(r.Problems)
		}
		got := r.Problems[0]
		got.Text = ""
		if got != want {
			t.Fatalf("got %v, want %v", r.Problems, want)
		}
	})
}

func TestSwappedLinesAreNamed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "lines")
		all := journal(n, plainText)
		i := rapid.IntRange(0, n-2).Draw(t, "i")
		j := rapid.IntRange(i+1, n-1).Draw(t, "j")
		all2 := slices.Clone(all)
		all2[i], all2[j] = all2[j], all2[i]
		r := audit.Verify(slices.Values(all2), head(all))
		if r.OK() || !names(r, audit.Moved, int64(i+1)) {
			t.Fatalf("swap %d %d: %v", i+1, j+1, r.Problems)
		}
	})
}

func TestCutIsNamedByCheckpoint(t *testing.T) {
	all := journal(20, plainText)
	cut := all[:13]
	if r := audit.Verify(slices.Values(cut)); !r.OK() {
		t.Fatal("without a checkpoint a cut cannot be seen, and nothing else is wrong", r.Problems)
	}
	r := audit.Verify(slices.Values(cut), head(all))
	if r.String() != "lines 14–20 are missing: the end was cut off" {
		t.Fatal(r)
	}
}

// Somebody who can compute hashes rewrites everything from line 8 on.
func TestRewrittenJournalIsNamedByCheckpoint(t *testing.T) {
	all := journal(20, plainText)
	forged := journal(20, func(i int) string {
		if i == 7 {
			return "Nothing happened."
		}
		return plainText(i)
	})
	for _, vouched := range []audit.Checkpoint{head(all), head(all[:10])} {
		r := audit.Verify(slices.Values(forged), vouched)
		if len(r.Problems) != 1 || !names(r, audit.Replaced, vouched.Seq) {
			t.Fatal(r.Problems)
		}
	}
	if r := audit.Verify(slices.Values(forged), head(all[:7])); !r.OK() {
		t.Fatal("a checkpoint before the forgery cannot see it", r.Problems)
	}
	one := slices.Clone(all)
	one[7] = forged[7] // rehashed, but the next line still follows from the old one
	r := audit.Verify(slices.Values(one), head(all))
	if len(r.Problems) != 1 || r.Problems[0].Text != "line 9: does not follow from line 8, one of the two was replaced" {
		t.Fatal(r.Problems)
	}
}

func TestSeveralProblemsAreAllNamed(t *testing.T) {
	all := journal(40, plainText)
	lines := export(all)
	lines[16] = bytes.Replace(lines[16], []byte("Line"), []byte("line"), 1) // 17
	lines[30] = []byte("{")                                                 // 31
	lines[8], lines[9] = lines[9], lines[8]                                 // 9 after 10
	lines = slices.Delete(lines, 19, 24)                                    // 20–24
	lines = append(lines, lines[2])                                         // 3 again
	r := verifyLines(t, lines, head(all))
	var got []string
	for _, p := range r.Problems {
		got = append(got, p.Text)
	}
	want := []string{
		"line 3 stands again after line 40",
		"line 9 stands after 10",
		"line 17: content was changed",
		"lines 20–24 are missing",
		"line 31: content was changed, it cannot be read",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestReportIsBounded(t *testing.T) {
	all := journal(2000, plainText)
	for i := range all {
		all[i].Text = "x"
	}
	r := audit.Verify(slices.Values(all))
	if len(r.Problems) != 100 || r.More != 1900 {
		t.Fatal(len(r.Problems), r.More)
	}
}

func TestExtract(t *testing.T) {
	all := journal(20, plainText)
	v := audit.NewVerifier(head(all)).From(11, all[9].Hash)
	for _, e := range all[10:] {
		v.Event(e)
	}
	if r := v.Finish(); !r.OK() {
		t.Fatal(r)
	}
	v = audit.NewVerifier(head(all)).From(11, all[8].Hash)
	v.Event(all[10])
	if r := v.Finish(); r.OK() {
		t.Fatal("a wrong link to what stands before must be named")
	}
}

func TestMissingLastNewlineIsNamed(t *testing.T) {
	all := journal(3, plainText)
	text := bytes.Join(export(all), []byte{'\n'})
	r, err := audit.VerifyExport(bytes.NewReader(text), audit.NewVerifier())
	if err != nil || !names(r, audit.Changed, 3) {
		t.Fatal(r.Problems, err)
	}
}

func TestFieldsCannotRunIntoEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SliceOfN(rapid.StringN(0, 3, 8), 6, 6)
		a, b := fields.Draw(t, "a"), fields.Draw(t, "b")
		event := func(f []string) davit.Event {
			return audit.Clean(davit.Event{Kind: f[0], Actor: f[1], Text: f[2], Data: map[string]string{f[3]: f[4]}, Run: f[5]})
		}
		x, y := event(a), event(b)
		same := fmt.Sprintf("%#v", x) == fmt.Sprintf("%#v", y)
		if (audit.Chain("", x) == audit.Chain("", y)) != same {
			t.Fatalf("%#v and %#v", x, y)
		}
	})
}

func TestCheckpointSignature(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := audit.Checkpoint{Seq: 17, Hash: strings.Repeat("ab", 32), At: start}
	signed := c.Sign(private)
	got, err := audit.OpenCheckpoint(signed, public)
	if err != nil || got != c {
		t.Fatal(got, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := slices.Clone(signed)
		at := rapid.IntRange(0, len(bad)-2).Draw(t, "byte") // the last newline is not part of it
		old := bad[at]
		bad[at] = rapid.Byte().Filter(func(b byte) bool { return b != old && b != '\r' && b != '\n' }).Draw(t, "to")
		if _, err := audit.OpenCheckpoint(bad, public); err == nil {
			t.Fatalf("byte %d: %q", at, bad)
		}
	})
	if _, err := audit.OpenCheckpoint(nil, nil); err == nil {
		t.Fatal("nothing is no checkpoint")
	}
}

// The form of a line never changes: every journal that was ever written must
// verify with every later Davit. A new field is a new member that old lines do
// not have. The hash is that of the text, so
// anybody can check it: jq -cj 'del(.hash)' | sha256sum.
func TestFormIsPinned(t *testing.T) {
	e := davit.Event{
		Seq: 7, At: start, Kind: "rollout.shifted", Actor: "ann", Service: "shop", Environment: "production",
		Run: "r", Release: "shop-17", Rollout: "o", Commit: "abcd", Digest: "sha256:1", Text: "5 % \"now\"\n→ \x01 é",
		Data: map[string]string{"b": "2", "a": "1"}, Prev: "00",
	}
	e.Hash = audit.Chain(e.Prev, e)
	want := `{"seq":7,"at":"2026-01-02T03:04:05.000000006Z","kind":"rollout.shifted","actor":"ann","service":"shop","environment":"production",` +
		`"run":"r","release":"shop-17","rollout":"o","commit":"abcd","digest":"sha256:1","text":"5 % \"now\"\n→ \u0001 é","data":{"a":"1","b":"2"},"prev":"00"`
	sum := sha256.Sum256([]byte(want + "}"))
	if e.Hash != hex.EncodeToString(sum[:]) {
		t.Fatal("the hash is not that of the text")
	}
	if got := string(audit.Line(e)); got != want+`,"hash":"`+e.Hash+`"}` {
		t.Fatal(got)
	}
}

// Whatever is done to the lines, a journal that is not the one that was written
// is never called whole.
func TestNoManipulationIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "lines")
		all := journal(n, plainText)
		lines := export(all)
		other := export(journal(n+2, func(i int) string { return "Another journal." }))
		for range rapid.IntRange(1, 6).Draw(t, "changes") {
			at := rapid.IntRange(0, len(lines)).Draw(t, "at")
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0: // drop
				lines = slices.Delete(lines, min(at, max(len(lines)-1, 0)), min(at+1, len(lines)))
			case 1: // repeat or move
				lines = slices.Insert(lines, at, export(all)[rapid.IntRange(0, n-1).Draw(t, "from")])
			case 2: // from another journal
				lines = slices.Insert(lines, at, other[rapid.IntRange(0, n+1).Draw(t, "from")])
			case 3: // rubbish
				lines = slices.Insert(lines, at, []byte(rapid.StringMatching(`[^\n]*`).Draw(t, "rubbish")))
			case 4: // cut
				lines = lines[:at]
			}
		}
		same := slices.EqualFunc(lines, export(all), bytes.Equal)
		if r := verifyLines(t, lines, head(all)); r.OK() != same {
			t.Fatalf("%d lines: %v", len(lines), r)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	all := journal(1000, plainText)
	for b.Loop() {
		if r := audit.Verify(slices.Values(all)); !r.OK() {
			b.Fatal(r)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/line")
}

func FuzzParseLine(f *testing.F) {
	f.Add(audit.Line(journal(1, plainText)[0]))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := audit.ParseLine(line)
		if err == nil && !bytes.Equal(audit.Line(e), line) {
			t.Fatal("accepted another spelling")
		}
	})
}
