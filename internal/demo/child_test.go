package demo

import (
	"strings"
	"testing"
)

// TestServerEndsAtOnce holds that the demo says it when its server cannot start,
// and does not wait for an end that has been.
func TestServerEndsAtOnce(t *testing.T) {
	c, err := startServer(t.Context(), "false", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "the server ended at once: exit status 1") {
		t.Fatal(err)
	}
	if err := c.stop(t.Context()); err != nil {
		t.Error(err)
	}
}
