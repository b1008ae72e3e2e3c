// Command flag measures the evaluation of flags beside flagd's own evaluator
// and LaunchDarkly's, in one run:
//
//	cd bench/flag && go run .
//
// It prints the tables of docs/flags/performance.md. Times are of the CPU, of
// all threads and with the garbage collector's share, so that other work on
// the machine matters less; each is the median of seven. For single
// evaluations there is also the time by the clock in bursts so short that
// nothing comes in between: the tenth percentile of 400.
package main
