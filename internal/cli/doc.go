// Package cli is the command line: one file a command. A command asks the
// server through the client of the api room and prints what it says; it
// touches the outside only through Env. Only the long-running programs
// (server, router, demo) and what concerns the repository at hand (init, ship,
// validate) do more than ask.
package cli
