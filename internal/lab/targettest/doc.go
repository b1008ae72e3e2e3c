// Package targettest is the suite that every target passes: what the engine
// may rely on, whatever the instances run on. A target's own tests call
// Exercise.
package targettest
