package conformance

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// jsBed is one of OpenFeature's JavaScript providers, in a process that is told
// what to do.
type jsBed struct {
	in      io.Writer
	answers chan jsAnswer
	mu      sync.Mutex
	events  chan bedEvent // of the provider there is now
}

type jsAnswer struct {
	bedEvent
	Answer *struct {
		bedAnswer
		State string `json:"state"`
	} `json:"answer"`
	Failed string `json:"failed"`
}

// jsBedOf starts the process, and ends it with the test.
func jsBedOf(name string) func(t *testing.T) bedSDK {
	return func(t *testing.T) bedSDK {
		t.Helper()
		node := exec.CommandContext(t.Context(), "node", "bed.mjs", name)
		node.Dir = "js"
		in, err := node.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := node.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := node.Start(); err != nil {
			t.Fatal(err)
		}
		j := &jsBed{in: in, answers: make(chan jsAnswer), events: make(chan bedEvent, 1000)}
		read := make(chan struct{})
		go func() {
			defer close(read)
			j.read(out)
		}()
		t.Cleanup(func() {
			_ = in.Close()
			<-read
			_ = node.Wait()
		})
		return j
	}
}

// read takes what the process says; lines of others are providers' logs.
func (j *jsBed) read(out io.Reader) {
	defer close(j.answers)
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), "@")
		var a jsAnswer
		if !ok || json.Unmarshal([]byte(text), &a) != nil {
			continue
		}
		if a.Name == "" {
			j.answers <- a
			continue
		}
		j.mu.Lock()
		j.events <- a.bedEvent
		j.mu.Unlock()
	}
}

// tell sends a command and returns the answer.
func (j *jsBed) tell(t *testing.T, command map[string]any) jsAnswer {
	t.Helper()
	line, err := json.Marshal(command)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	select {
	case a, ok := <-j.answers:
		if !ok || a.Failed != "" || a.Answer == nil {
			t.Fatalf("%v: %s", command["do"], a.Failed)
		}
		return a
	case <-time.After(eventually):
		t.Fatalf("%v: no answer within %s", command["do"], eventually)
	}
	return jsAnswer{}
}

func (j *jsBed) provide(t *testing.T, b *bed, kind string) <-chan bedEvent {
	t.Helper()
	events := make(chan bedEvent, 1000)
	j.mu.Lock()
	j.events = events
	j.mu.Unlock()
	address, token, selector := b.s.URL, b.s.Token, b.options["selector"]
	switch {
	case b.way.open:
		address, token = b.s.Open, ""
	case kind == "forbidden":
		selector = "flagSetId=shop/staging"
	case selector != "":
		token = b.s.Wide
	}
	j.tell(t, map[string]any{"do": "provide", "kind": kind, "url": address, "token": token, "selector": selector, "options": b.options})
	return events
}

func (j *jsBed) ask(t *testing.T, kind, key string, byDefault any, about map[string]any) bedAnswer {
	t.Helper()
	return j.tell(t, map[string]any{"do": "ask", "type": kind, "key": key, "default": byDefault, "context": about}).Answer.bedAnswer
}

func (j *jsBed) fatal(t *testing.T) bool {
	t.Helper()
	return j.tell(t, map[string]any{"do": "state"}).Answer.State == "FATAL"
}
