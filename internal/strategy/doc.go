// Package strategy turns a strategy of davit.yaml into a davit.Plan: the steps
// that a rollout walks through. A strategy is one file with its settings and
// its compiler, and one line in all.
//
// What holds for every plan: weights never fall and the last step has all the
// traffic; each step has the capacity for its weight; at most two versions are
// there; every step has a deadline, which is later than its hold.
//
//	canary      [group] ─► 5 % ─► 25 % ─► 50 % ─► 100 %      judged at every step
//	rolling     1 of 3 ─► 2 of 3 ─► 3 of 3                    watched
//	blue-green  dark ─► 100 %                                 watched
//	recreate    100 %, the old version stopped first
//	ab          A/B 50 % ─► 100 %                             judged once
//	mirror      mirror 10 % ─► 5 % ─► 25 % ─► 50 % ─► 100 %   judged at every step
//
// A first release, with no old version to compare to, walks no plan: the
// rollout brings it up and gives it all the traffic.
package strategy
