package conformance

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
)

// serving is a server of flags in a process of its own; see the command of
// that name.
type serving struct {
	t       testing.TB
	URL     string `json:"url"`
	Open    string `json:"open"` // where nobody needs a token
	Control string `json:"control"`
	Token   string `json:"token"` // of a client that may evaluate its flags
	Wide    string `json:"wide"`  // of one that may evaluate those of all sets
}

// built is the command, built once.
var built = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "serving")
	out, err := exec.Command("go", "build", "-o", path, "./serving").CombinedOutput()
	if err != nil {
		return "", &buildError{string(out), err}
	}
	return path, nil
})

type buildError struct {
	said string
	err  error
}

func (e *buildError) Error() string { return "build the server: " + e.err.Error() + "\n" + e.said }

func TestMain(m *testing.M) {
	status := m.Run()
	if path, err := built(); err == nil && status >= 0 {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// serve starts a server with doc as its flags.
func serve(t testing.TB, doc string) *serving {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	s := &serving{t: t}
	if err := json.NewDecoder(out).Decode(s); err != nil {
		t.Fatal(err)
	}
	s.publish(doc)
	return s
}

// port is where it listens on 127.0.0.1.
func (s *serving) port() uint16 {
	u, err := url.Parse(s.URL)
	if err != nil {
		s.t.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		s.t.Fatal(err)
	}
	return uint16(port)
}

// publish makes doc the flags that are served.
func (s *serving) publish(doc string) { s.t.Helper(); s.steer("/flags", doc) }

// steer asks the control address for something.
func (s *serving) steer(path, body string) {
	s.t.Helper()
	res, err := http.Post(s.Control+path, "", bytes.NewReader([]byte(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if said, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s", path, said)
	}
}

// clientFlags has a flag for each thing that a client can be told.
const clientFlags = `{"flags":{
	"on":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"yes","metadata":{"owner":"ann"}},
	"off":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
	"text":{"state":"ENABLED","variants":{"greeting":"hello","empty":""},"defaultVariant":"greeting"},
	"empty":{"state":"ENABLED","variants":{"greeting":"hello","empty":""},"defaultVariant":"empty"},
	"float":{"state":"ENABLED","variants":{"half":0.5,"zero":0},"defaultVariant":"half"},
	"int":{"state":"ENABLED","variants":{"ten":10,"zero":0},"defaultVariant":"ten"},
	"zero":{"state":"ENABLED","variants":{"ten":10,"zero":0},"defaultVariant":"zero"},
	"object":{"state":"ENABLED","variants":{"o":{"a":[1,"b"],"c":{"d":true}}},"defaultVariant":"o"},
	"rule":{"state":"ENABLED","variants":{"in":"INTERNAL","out":"EXTERNAL"},"defaultVariant":"out","targeting":{"if":[{"ends_with":[{"var":"email"},"@shop.example"]},"in"]}},
	"split":{"state":"ENABLED","variants":{"a":"A","b":"B"},"defaultVariant":"a","targeting":{"fractional":[["a",50],["b",50]]}},
	"disabled":{"state":"DISABLED","variants":{"yes":true,"no":false},"defaultVariant":"yes"},
	"code":{"state":"ENABLED","variants":{"yes":true,"no":false}},
	"a/b":{"state":"ENABLED","variants":{"slash":"/"},"defaultVariant":"slash"}
}}`
