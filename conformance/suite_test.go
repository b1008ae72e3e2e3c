package conformance

import (
	"os"
	"path/filepath"
	"testing"
)

// suite returns a file or folder of a public suite, or skips.
func suite(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("DAVIT_CONFORMANCE")
	if root == "" {
		t.Skip("NOT TESTED: set DAVIT_CONFORMANCE to the folder with the public suites' checkouts (see conformance/doc.go)")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	return path
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
