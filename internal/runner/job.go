package runner

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/spec"
)

// Job is one attempt of one stage.
type Job struct {
	Run     string
	Attempt int
	Service string
	Repo    string
	Branch  string
	Commit  string
	Path    string     // the service's folder in the checkout
	Stage   spec.Stage // what to do

	Checkout func(ctx context.Context, dir string) error // writes the commit's files into dir, which is not there
	Inputs   []davit.Digest                              // outputs of needed stages, of the same run, unpacked in this order
	Secrets  map[string]string                           // values by the name of the secret
	Started  func(time.Time)                             // called once, when the attempt has its place; may be nil
}

// Outcome is what came of an attempt.
type Outcome struct {
	Outcome  pipeline.StageOutcome
	Reason   string // one plain sentence; empty for passed
	Facts    pipeline.Facts
	Started  time.Time
	Finished time.Time
}

// nameExpression is compiled once and never changed.
var nameExpression = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)

// check refuses names that could lead out of the data folder.
func (j Job) check() error {
	for what, name := range map[string]string{"run": j.Run, "service": j.Service, "stage": j.Stage.Name} {
		if err := checkName(what, name); err != nil {
			return err
		}
	}
	if j.Attempt < 1 || j.Checkout == nil {
		return &davit.Error{Kind: davit.Invalid, Text: "a job needs an attempt and a checkout"}
	}
	return nil
}

func checkName(what, name string) error {
	if !nameExpression.MatchString(name) {
		return &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("%s name %.100q", what, name), Hint: "use letters, digits, '-', '_' and '.'"}
	}
	return nil
}
