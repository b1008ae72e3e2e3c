// Command http measures flags over HTTP: what a request by OFREP costs the
// server, beside flagd, and how soon a change is at a thousand clients.
//
//	cd bench/flag && go run ./http
//
// Each server is a process of its own. Its cost is the CPU time of that process,
// with the kernel's and the garbage collector's share, divided by the requests
// it answered; a client in another process asks over 16 connections that are
// kept open. Rounds of the servers take turns; the median counts.
//
// Davit is the whole server: tokens from its store, limits, counting, every
// check that a request passes. flagd's own server cannot be had as a Go module,
// so its place is taken by what can: flagd core's evaluator and flagd core's own
// types for OFREP, put together as flagd's handler does it, behind the router
// and the OpenTelemetry handler that flagd uses, but without its metrics and its
// logging. In brackets: the same behind net/http's own router alone.
package main
