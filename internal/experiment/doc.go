// Package experiment decides what an A/B test shows. It takes in who was
// exposed to which variant and what they did then, and says at any moment, as
// often as one likes, how big the effect is and whether it can be believed.
// docs/flags/experiments.md explains it for product managers.
//
//	exposures ─► Log ─┬─ the first of each unit counts; a second variant excludes it
//	events    ─►      ├─ per unit: totals of each event, after its exposure
//	                  └─ per variant and metric: sums, sums of squares and products
//	                        │
//	                        ▼
//	                     Analyze ─► sample ratio, units in several variants ─► hold
//	                        │
//	                        └─ each variant against control, each metric:
//	                           effect ± confidence sequence ─► better, worse, safe, harmed
//
// The intervals are asymptotic confidence sequences: they cover the true effect
// at all looks together with probability 1 − α, so looking every day (or every
// second) and stopping when one likes is allowed. Inconclusive is an answer; it
// never means "ship".
//
// Sources: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform
// central limit theory and asymptotic confidence sequences" (arXiv 2103.06476):
// eq. 9 two-sided, eq. 134 one-sided, eq. 161 for the tuning; Deng, Knoblich and
// Lu 2018 for ratios by the delta method; Lindon and Malek 2022 for the sample
// ratio at all looks; Fabijan et al. 2019 on sample ratio mismatch.
package experiment
