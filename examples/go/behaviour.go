package main

// What a commit may change. The demo pushes versions in which one of these is
// wrong; in earnest such faults hide in longer files.
const (
	greeting     = "Welcome to the chandlery."
	failShare    = 0.0   // share of home pages that fail
	slowTail     = 1.0   // how many times slower the slow requests are
	crashAtStart = false // dies before it listens
)
