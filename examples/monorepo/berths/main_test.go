package main

import (
	"slices"
	"testing"
)

func TestFree(t *testing.T) {
	if got := free([]bool{true, false, true, false}); !slices.Equal(got, []int{2, 4}) {
		t.Errorf("free berths are %v, want 2 and 4", got)
	}
	if got := free(nil); len(got) != 0 {
		t.Errorf("a harbour without berths has %v free", got)
	}
}
