// Package uml gives a test a machine of its own: a user-mode Linux kernel, which
// is a process of this system and sees its files. Inside, the test is root, may
// set the clock and has control groups of its own; nothing that it does outlives
// the machine.
//
// A test asks for one with [Run], which boots the kernel and runs the same test
// of the same test binary in it:
//
//	func TestClock(t *testing.T) {
//		if !uml.Inside() {
//			uml.Run(t, uml.Machine{})
//			return
//		}
//		// in the machine
//	}
//
// The kernel is Debian's package user-mode-linux. Where it is not installed, or
// cannot run, the test is skipped and says so.
package uml
