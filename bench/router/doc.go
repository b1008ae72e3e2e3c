// Command router measures the router beside others, in one run: rounds are
// interleaved, and CPU time is that of the whole process tree over the requests
// answered. It also counts what is lost while versions are switched, the router
// is upgraded, and its worker is killed.
//
//	go run ./bench/router              CPU per request, a table
//	go run ./bench/router -switches    100 weight switches at 1000/s
//	go run ./bench/router -upgrades    20 upgrades at 1000/s
//	go run ./bench/router -kills       20 times kill -9 of the worker at 1000/s
//
// It needs wrk; haproxy and nginx are found in PATH, kamal-proxy and caddy by
// KAMAL_PROXY and CADDY or in PATH. What is absent is left out, and it says so.
package main
