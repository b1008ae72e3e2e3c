// Package server serves the API, the git endpoint and the registry. It knows
// the rest of the program only through the small interfaces in needs.go.
//
// A request passes, in this order:
//
//	recover ► log ► host check ► headers ► who asks (bearer or basic) ► route
//	  /healthz, /readyz   no credential
//	  /ofrep/…, /flagd.…   origin ► rate ► handler, which asks FlagGrant; paths as they came
//	  /api/v1/…           role of the route ► idempotency key (writes) ► body limit ► handler
//	  /git/<repo>.git/…   viewer to fetch, deployer to push
//	  /v2/…               viewer to pull
//
// Errors become problems (RFC 9457); an error that carries no kind is logged
// with its text and leaves as a bare "the server could not do this".
package server
