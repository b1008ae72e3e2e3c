// Package ofrep serves flags by the OpenFeature Remote Evaluation Protocol,
// OFREP 0.3.0: JSON over HTTP.
//
//	POST /ofrep/v1/evaluate/flags/{key}  one flag; the key may hold slashes
//	POST /ofrep/v1/evaluate/flags        all flags of the set, with an ETag
//	GET  /ofrep/v1/stream                tells when to evaluate again (server-sent events)
//
// It evaluates what the Book holds and writes answers out of parts that were
// encoded when the set was first seen. Who asks, and for which set, is decided
// by internal/access; internal/server brings it along with the request.
//
// What the protocol leaves open, and what is done here, stands in
// docs/flags/protocols.md.
package ofrep
