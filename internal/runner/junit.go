package runner

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// junitCase is a test case of a JUnit report.
type junitCase struct {
	Class    string       `xml:"classname,attr"`
	Name     string       `xml:"name,attr"`
	Failure  *junitDetail `xml:"failure"`
	Error    *junitDetail `xml:"error"`
	Skipped  *struct{}    `xml:"skipped"`
	Flaky    *junitDetail `xml:"flakyFailure"` // failed, then passed when tried again
	FlakyToo *junitDetail `xml:"flakyError"`
}

type junitDetail struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// junitFile takes a report; its suites may be nested as deep as they like.
func (r *results) junitFile(from io.Reader) error {
	d := xml.NewDecoder(from)
	seen := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			if !seen {
				return errors.New("it holds no test suite")
			}
			return nil
		}
		if err != nil {
			return err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "testsuite", "testsuites":
			seen = true
		case "testcase":
			var c junitCase
			if err := d.DecodeElement(&c, &start); err != nil {
				return err
			}
			r.junitCase(c)
		}
	}
}

func (r *results) junitCase(c junitCase) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := strings.TrimPrefix(c.Class+"."+c.Name, ".")
	t := r.of(name)
	for _, detail := range []*junitDetail{c.Failure, c.Error} {
		if detail == nil {
			continue
		}
		t.end("failed")
		t.say(detail.Message)
		for line := range strings.Lines(detail.Text) {
			if strings.TrimSpace(line) != strings.TrimSpace(detail.Message) {
				t.say(line)
			}
		}
		return
	}
	if c.Flaky != nil || c.FlakyToo != nil {
		t.failed = true
	}
	if c.Skipped != nil {
		t.end("skipped")
		return
	}
	t.end("passed")
}
