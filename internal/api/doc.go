// Package api is the contract between the server and everyone who asks it:
// the wire types with their JSON names, the table of routes with the role each
// needs, problems (RFC 9457), the one table that maps kinds of errors to HTTP
// status and exit code, and the Go client. The command line uses nothing else.
package api
