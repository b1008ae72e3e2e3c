// Package conformance holds Davit to what others publish: the suites of flagd,
// JSONLogic, Unleash and GrowthBook, and as oracles flagd's own evaluator and
// those of LaunchDarkly, GO Feature Flag and Flipt.
//
// It is a module of its own, so that the product depends on none of them.
// Suites that are data come in packages that they are a part of: flagd's schemas
// and GrowthBook's cases as Go modules, Unleash's specification from npm. Or they
// are read from checkouts below the folder that the environment variable
// DAVIT_CONFORMANCE names, which is the only way for flagd's test bed:
//
//	flagd-testbed         github.com/open-feature/flagd-testbed
//	flagd-schemas         github.com/open-feature/flagd-schemas
//	client-specification  github.com/Unleash/client-specification
//	growthbook/cases.json packages/sdk-js/test/cases.json of github.com/growthbook/growthbook
//
// What is absent is skipped, and the skip says so.
package conformance
