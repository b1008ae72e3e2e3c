package e2e_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStory watches the whole story of the demo in a browser and clicks through
// what came of it: a real server, a real service, real traffic.
func TestStory(t *testing.T) {
	need(t)
	link, ctx := demo(t)
	browseIn(ctx, t, "story", map[string]any{"link": link})
}

// demo builds davit, starts its demo and returns the link that opens the page,
// and a context that ends with the demo: what it shows is not waited for any
// longer then.
func demo(t *testing.T) (string, context.Context) {
	t.Helper()
	ctx, over := context.WithCancel(t.Context())
	dir := t.TempDir()
	binary := filepath.Join(dir, "davit")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/davit").CombinedOutput(); err != nil {
		t.Fatalf("build davit: %v\n%s", err, out)
	}
	cmd := exec.Command(binary, "demo", "--rate", "300", "--within", "12m", "--data", filepath.Join(dir, "data"))
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	links := make(chan string, 1)
	go func() {
		find := regexp.MustCompile(`https?://\S+/login#code=\S+`)
		var said []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = append(said, lines.Text())
			if link := find.FindString(lines.Text()); link != "" && len(links) == 0 {
				links <- link
			}
		}
		if err := cmd.Wait(); err != nil {
			t.Logf("the demo ended: %v\n%s", err, strings.Join(said, "\n"))
		}
		over()
		ended <- nil
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // it stops server, services and router in order
		select {
		case <-ended:
		case <-time.After(2 * time.Minute):
			_ = cmd.Process.Kill()
			t.Error("the demo does not end")
		}
	})
	select {
	case link := <-links:
		return link, ctx
	case <-ended:
		t.Fatal("the demo ended before it said where its page is")
	case <-time.After(3 * time.Minute):
		t.Fatal("the demo does not say where its page is")
	}
	return "", ctx
}
