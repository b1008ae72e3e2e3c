// Package e2e_test looks at the page as people do: in a browser. The scripts
// beside it (*.mjs) drive Debian's Chromium; the worlds they look at are served
// from here. Where Chromium, Node, or the page itself is absent, the tests say
// so and prove nothing.
package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/web"
)

var update = flag.Bool("update", false, "take the new screenshots for the right ones")

// chromium is where Debian's package puts the browser.
const chromium = "/usr/bin/chromium"

// patience is how long one script may take on a machine under load.
const patience = 25 * time.Minute

// need skips the test where something that it needs is absent.
func need(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("NOT TESTED: the page in a browser, since -short is set")
	}
	if _, err := fs.Stat(web.Files(), "index.html"); err != nil {
		t.Skip("NOT TESTED: the page in a browser, since this was built without the page: make page")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("NOT TESTED: the page in a browser, since Chromium is not installed: apt-get install chromium")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("NOT TESTED: the page in a browser, since Node is not installed")
	}
	if _, err := os.Stat("../node_modules/playwright-core"); err != nil {
		t.Skip("NOT TESTED: the page in a browser, since playwright-core is not installed: make page")
	}
}

// check is what a script says of one thing that it looked at.
type check struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Note  bool   `json:"note"` // to be read, not a check
	Text  string `json:"text"`
}

// browse runs a script and makes a test of each thing that it looked at. A
// script that says nothing, or does not come to its end, has failed.
func browse(t *testing.T, script string, input map[string]any) {
	t.Helper()
	browseIn(t.Context(), t, script, input)
}

// browseIn is browse as long as a context lasts.
func browseIn(ctx context.Context, t *testing.T, script string, input map[string]any) {
	t.Helper()
	home := t.TempDir()
	input["home"], input["chromium"] = home, chromium
	raw, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script+".mjs")
	cmd.Env = append(os.Environ(), "E2E="+string(raw), "TZ=UTC", "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home)
	cmd.WaitDelay = 10 * time.Second
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended, checks := false, 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c check
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Errorf("%s.mjs says what cannot be read: %s", script, lines.Text())
			continue
		}
		switch {
		case c.Note:
			t.Log(c.Text)
		case c.Check == "end":
			ended = true
		default:
			checks++
			t.Run(c.Check, func(t *testing.T) {
				if !c.OK {
					t.Error(c.Text)
				}
			})
		}
	}
	err = cmd.Wait()
	if err != nil || !ended || checks == 0 {
		t.Errorf("%s.mjs did not come to its end: %d checks, %v\n%s", script, checks, err, errs.String())
	}
}

// TestPages looks at each page in light and dark, wide and narrow: nothing
// stands over the edge, axe finds nothing, the console is silent, and it looks
// as it did when somebody last looked.
func TestPages(t *testing.T) {
	need(t)
	w := newWorld(t, noon())
	fill(t, w)
	settings(t, w)
	empty := newWorld(t, noon())
	taken := t.TempDir()
	browse(t, "pages", map[string]any{
		"url": "http://" + w.address, "empty": "http://" + empty.address, "now": noon().UnixMilli(), "tokens": w.tokens, "emptyTokens": empty.tokens, "shots": taken,
		"only": os.Getenv("PAGES"),
	})
	compareAll(t, taken)
}

// TestTrouble does to an open page what life does.
func TestTrouble(t *testing.T) {
	need(t)
	w := newWorld(t, time.Time{})
	fill(t, w)
	hostile(t, w)
	many(t, w)
	browse(t, "trouble", map[string]any{"url": "http://" + w.address, "tokens": w.tokens, "control": control(t, w), "checks": os.Getenv("CHECKS")})
}

// TestDeeds does what people do, press by press.
func TestDeeds(t *testing.T) {
	need(t)
	w := newWorld(t, time.Time{})
	fill(t, w)
	w.hands.long = longLog
	browse(t, "deeds", map[string]any{"url": "http://" + w.address, "tokens": w.tokens, "control": control(t, w), "checks": os.Getenv("CHECKS"), "long": longLog})
}

// longLog is how many lines a log of 50 MB has.
const longLog = 500_000

// compareAll holds what was taken against what is kept.
func compareAll(t *testing.T, taken string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(taken, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Run("looks/"+strings.TrimSuffix(filepath.Base(name), ".png"), func(t *testing.T) { compare(t, name) })
	}
}
