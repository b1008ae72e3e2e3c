// Package app assembles the program: it opens the data folder, builds the
// adapters, hands them to the engine and the server through the interfaces
// those declare, and ends them in order. builtin.go is the one table of what
// this Davit can do.
package app
