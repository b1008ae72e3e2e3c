package pipeline

import "github.com/davit-cd/davit"

// MaxNames bounds each list of test names in Facts.
const MaxNames = 50

// Facts is what was learned from one attempt of a stage.
type Facts struct {
	Tests       Tests
	Outputs     davit.Digest // of the archive of the stage's outputs; empty: none
	OutputFiles int
	OutputBytes int64
}

// Tests counts the results of a stage's test reports.
type Tests struct {
	Passed   int
	Failed   int
	Skipped  int
	Flaky    int       // failed, then passed in the same attempt or in a later one; not in Failed, also in Passed
	Failures []Failure // the first MaxNames
	Flakes   []string  // names of the first MaxNames flaky tests
}

// Total returns how many tests gave a result.
func (t Tests) Total() int { return t.Passed + t.Failed + t.Skipped }

// Failure is one failed test.
type Failure struct {
	Name    string // "package.Test" or "class.case"
	Message string // its first lines
}
