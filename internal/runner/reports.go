package runner

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/spec"
)

const (
	maxReportFile  = 64 << 20 // bytes of one report
	maxReportFiles = 2000
)

// lineReader returns what looks at the steps' output, if their output is a
// report.
func (a *attempt) lineReader() lineReader {
	for _, r := range a.job.Stage.Reports {
		if r.Format == "go-json" && r.Path == "" {
			return a.results.goLine
		}
	}
	return nil
}

// readReports reads the report files. It says which report is missing: tests
// that nobody heard of have not passed.
func (a *attempt) readReports() (missing string) {
	for _, report := range a.job.Stage.Reports {
		if report.Path == "" {
			if report.Format == "go-json" && !a.results.heard() {
				return "The steps printed no test results; run go test with -json."
			}
			continue
		}
		files, err := a.readReport(report.Format, report.Path)
		if err != nil {
			return fmt.Sprintf("The test report %s cannot be read: %v.", report.Path, err)
		}
		if files == 0 {
			return fmt.Sprintf("No file matches the test report %s.", report.Path)
		}
		if report.Format == "go-json" && !a.results.heard() {
			return fmt.Sprintf("The test report %s holds no results of go test -json.", report.Path)
		}
	}
	if a.results.tooMany() {
		return fmt.Sprintf("The test reports hold more than %d tests.", maxTests)
	}
	return ""
}

// readReport reads the files that match one glob and returns how many there are.
func (a *attempt) readReport(format, glob string) (files int, err error) {
	root, err := os.OpenRoot(a.folder())
	if err != nil {
		return 0, err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !spec.Match(path.Clean(glob), name) {
			return err
		}
		if files++; files > maxReportFiles {
			return fmt.Errorf("it is more than %d files", maxReportFiles)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > maxReportFile {
			return fmt.Errorf("%s is larger than %d MB", name, maxReportFile>>20)
		}
		f, err := root.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if format == "go-json" {
			return a.results.goFile(f)
		}
		if err := a.results.junitFile(f); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	return files, err
}

func testsReason(t pipeline.Tests) string {
	names := make([]string, 0, 3)
	for _, f := range t.Failures[:min(3, len(t.Failures))] {
		names = append(names, f.Name)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d of %d tests failed", t.Failed, t.Total())
	for i, n := range names {
		text.WriteString(map[bool]string{true: ": ", false: ", "}[i == 0] + n)
	}
	if more := t.Failed - len(names); more > 0 && len(names) > 0 {
		fmt.Fprintf(&text, " and %d more", more)
	}
	return text.String() + "."
}
