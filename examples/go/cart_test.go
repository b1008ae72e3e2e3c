package main

import "testing"

func TestTotal(t *testing.T) {
	lines := []Line{{Name: "rope", Cents: 1250, Count: 2}, {Name: "hook", Cents: 399, Count: 3}}
	if got := Total(lines); got != 3697 {
		t.Errorf("two ropes and three hooks cost %d cents, want 3697", got)
	}
}

func TestTotalOfNothing(t *testing.T) {
	if got := Total(nil); got != 0 {
		t.Errorf("an empty cart costs %d cents, want 0", got)
	}
}
