// Package spec reads davit.yaml. It is strict: what it does not know it
// refuses, with file, line, column, what was expected and the nearest right
// key. What it returns is resolved: every default is filled in, so no other
// room invents one.
package spec
