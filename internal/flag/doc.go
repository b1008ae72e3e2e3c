// Package flag decides who sees what: it puts a user into a bucket, the same
// one at the router and in every flag client. It is pure: no clock, no chance,
// no I/O.
package flag
