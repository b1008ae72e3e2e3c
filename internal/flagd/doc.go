// Package flagd serves flags to flagd's clients: flagd.evaluation.v1 and v2 and
// flagd.sync.v1, each over Connect, gRPC and gRPC-Web.
//
// The packages below hold the wire types; make proto makes them from the .proto
// files beside them. Names and numbers there are flagd's, the text is ours.
//
// Who asks, and for which set, is decided by internal/access; internal/server
// brings it along with the request. docs/flags/protocols.md says what each
// method answers.
package flagd
