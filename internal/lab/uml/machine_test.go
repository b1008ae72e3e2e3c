package uml_test

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/davit-cd/davit/internal/lab/uml"
)

// TestMachine looks around in a machine: its clock can be set, and time goes on
// all the same; it has a loopback network, and the files outside are safe.
func TestMachine(t *testing.T) {
	t.Parallel()
	if !uml.Inside() {
		uml.Run(t, uml.Machine{Memory: "256M", Within: time.Minute})
		return
	}
	before := time.Now()
	if err := uml.SetClock(10 * time.Minute); err != nil {
		t.Fatal(err)
	}
	after := time.Now()
	if passed, shown := after.Sub(before), after.Round(0).Sub(before.Round(0)); shown-passed < 9*time.Minute {
		t.Errorf("the clock shows that %s have passed, and %s did", shown, passed)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err != nil {
		t.Errorf("control groups: %v", err)
	}
	if err := os.WriteFile("machine_test.out", nil, 0o600); err == nil {
		t.Error("a file of the system outside was written")
	}
}

// TestClockOutside holds that no test sets the clock of the machine that it was
// started on.
func TestClockOutside(t *testing.T) {
	t.Parallel()
	if uml.Inside() {
		t.Skip("this is the machine of a test")
	}
	if err := uml.SetClock(time.Minute); err == nil {
		t.Error("the clock was set")
	}
}
