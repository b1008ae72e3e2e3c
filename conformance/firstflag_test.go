package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// guide is the page whose session is run here, with the program itself as the
// server and the code as it stands on the page.
const guide = "../docs/flags/first-flag.md"

// snippet returns the code of one language on the page, against a server at an
// address of its own.
func snippet(t *testing.T, language, address string) string {
	t.Helper()
	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(page)
	if found == nil {
		t.Fatalf("%s has no code in %s", guide, language)
	}
	code := string(found[1])
	if !strings.Contains(code, "http://127.0.0.1:7400") || !strings.Contains(code, "new-checkout") {
		t.Fatalf("the code in %s asks for something else:\n%s", language, code)
	}
	return strings.ReplaceAll(code, "http://127.0.0.1:7400", address)
}

// session is a server of Davit's, and its command line.
type session struct {
	t       *testing.T
	program string
	data    string
	address string
	token   string // that may evaluate shop/production
}

func begin(t *testing.T) *session {
	t.Helper()
	folder := t.TempDir()
	s := &session{t: t, program: filepath.Join(folder, "davit"), data: filepath.Join(folder, "data")}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.program, "./cmd/davit")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build davit: %v\n%s", err, out)
	}
	listen, router := free(t), free(t)
	s.address = "http://" + listen
	server := exec.CommandContext(t.Context(), s.program, "server", "--data", s.data, "--listen", listen, "--router", router)
	server.Env = append(os.Environ(), "HOME="+folder)
	server.Cancel = func() error { return server.Process.Signal(os.Interrupt) }
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		_ = server.Wait()
		_ = exec.CommandContext(context.WithoutCancel(t.Context()), s.program, "down", "--data", s.data).Run()
	})
	for deadline := time.Now().Add(time.Minute); ; <-time.After(50 * time.Millisecond) {
		if res, err := http.Get(s.address + "/readyz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("the server did not become ready")
		}
	}
	s.run("flags", "create", "new-checkout", "--project", "shop", "--kind", "release", "--owner", "team-pay", "--purpose", "The checkout on one page.")
	var token struct{ Secret string }
	if err := json.Unmarshal([]byte(s.run("token", "create", "shop-production", "--role", "client", "--flags", "shop/production", "--json")), &token); err != nil || token.Secret == "" {
		t.Fatal("no token", err)
	}
	s.token = token.Secret
	return s
}

func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// run calls the command line and returns what it printed.
func (s *session) run(args ...string) string {
	s.t.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(s.t.Context(), s.program, append([]string{"--data", s.data}, args...)...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("davit %s: %v\n%s", strings.Join(args, " "), err, complaint.String())
	}
	return out.String()
}

// asks runs a program that asks for the flag, and reports whether it was on.
func (s *session) asks(dir string, args ...string) bool {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TOKEN="+s.token)
	out, err := cmd.CombinedOutput()
	if err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	return strings.Contains(string(out), "the new checkout")
}

// lives holds that a program sees the flag as the guide's commands set it.
func (s *session) lives(dir string, args ...string) {
	s.t.Helper()
	if s.asks(dir, args...) {
		s.t.Error("a flag that was just made is on")
	}
	s.run("flags", "ramp", "new-checkout", "--project", "shop", "--env", "production", "--to", "100", "--reason", "the trial begins")
	if !s.asks(dir, args...) {
		s.t.Error("the flag is for all, and off")
	}
	s.run("flags", "kill", "new-checkout", "--project", "shop", "--reason", "wrong totals")
	if s.asks(dir, args...) {
		s.t.Error("the flag was killed, and is on")
	}
}

// TestFirstFlagInGo runs the guide's program in Go.
func TestFirstFlagInGo(t *testing.T) {
	s := begin(t)
	dir, err := os.MkdirTemp(".", "firstflag-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := `package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	ofrep "github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

func newCheckout(http.ResponseWriter, *http.Request) { fmt.Println("the new checkout") }

func main() {
	ctx := context.Background()
	var w http.ResponseWriter
	var r *http.Request
` + snippet(t, "go", s.address) + "}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "first")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./"+dir).CombinedOutput(); err != nil {
		t.Fatalf("the guide's program does not compile: %v\n%s\n%s", err, out, program)
	}
	s.lives(".", binary)
}

// TestFirstFlagInJavaScript runs the guide's program in JavaScript.
func TestFirstFlagInJavaScript(t *testing.T) {
	if missing := installed(); missing != "" {
		t.Skip("NOT TESTED: " + missing)
	}
	s := begin(t)
	program := "import { OpenFeature } from '@openfeature/server-sdk'\nimport { OFREPProvider } from '@openfeature/ofrep-provider'\n" +
		"const newCheckout = () => console.log('the new checkout')\n" + snippet(t, "js", s.address) + "await OpenFeature.close()\n"
	file, err := os.CreateTemp("js", "firstflag-*.mjs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file.Name()) })
	if _, err := file.WriteString(program); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	s.lives("js", "node", filepath.Base(file.Name()))
}
