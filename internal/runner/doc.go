// Package runner runs one attempt of one stage as processes of this machine: a
// clean checkout, the outputs of the stages it needs, a clean environment, the
// steps, and afterwards outputs, test reports and caches.
//
//	place ─► leftovers killed ─► checkout, inputs, caches, secrets ─► step, step … ─► processes killed
//	                                                                     │               │
//	                                                              timeout, cancel    reports ─► outputs ─► caches kept
//
// Below the data folder it keeps
//
//	work/runs/<run>/<stage>.<attempt>.log     what the steps printed: a Line of JSON each
//	work/runs/<run>/<stage>.<attempt>/        checkout, home, tmp, secrets; gone after the attempt
//	work/runs/<run>/<stage>.<attempt>.alive   what to kill if the server dies meanwhile
//	work/runs/<run>/outputs/<hex>.tar         outputs by their digest
//	cache/<service>/                          caches, shared by the runs of a service
//
// Stages run with the rights of the server: they keep out of each other's way,
// but they are not locked in.
package runner
