package authoring_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/davit-cd/davit/internal/flag/authoring"
)

// TestReference holds that the page is what the shapes say.
func TestReference(t *testing.T) {
	const page = "../../../docs/reference/flags-file.md"
	want := authoring.Reference()
	if *rewrite {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(page); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not what the shapes say (%v); go test ./internal/flag/authoring -rewrite rewrites it", page, err)
	}
}
