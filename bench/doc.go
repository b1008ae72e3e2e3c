// Command bench measures Davit as its users meet it: it builds the real
// binary, starts real servers with data folders of their own, pushes with git,
// sends requests through the router, and prints a markdown row for each figure
// with the target beside it. docs/performance.md keeps the figures.
//
//	go run ./bench              everything, about half an hour
//	go run ./bench -list        what there is
//	go run ./bench push idle    some of it
//	go run ./bench -n 20 bad    with so many repetitions
//
// The exit code is 0 whatever the figures are: a slow machine is no fault.
// bench/judge and bench/router are programs of their own.
package main
