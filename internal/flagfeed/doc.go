// Package flagfeed tells programs that evaluate flags themselves what their
// flag set is: whole, at once, and again at every change. The package flags is
// its client.
package flagfeed
