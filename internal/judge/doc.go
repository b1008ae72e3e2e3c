// Package judge decides whether a new version is worse than the old one, from
// what both did in the same seconds. It may be asked after every second: its
// evidence are e-processes, whose bound on false alarms holds at all times
// together. docs/judge.md explains it for release engineers.
//
// One second on its way through a Judge:
//
//	counts ─► gather ─┬─ sick instances left out, late cold ones too
//	                  ▼
//	               second ─► weigh ─┬─► harm    mixture of bets, capped per block, held while cold
//	                                ├─► safety  one proof a metric and scale, none during an incident
//	                                └─► effects how big the difference is, lately
//	                  ▼
//	               decide ─► FAIL (fast path, or evidence and an effect that matters)
//	                  │      NODATA (someone is silent) ─ PASS (all proofs) ─ CONTINUE
//	                  ▼
//	               learn ─► reference  thresholds and scores for the next seconds
//	                        hosts      clustering φ, placebo trials, sick instances
//	                        warmups, incident
//
// What is learnt is used from the next second on: a bet is placed before its
// second is seen, which is what makes it fair.
package judge
