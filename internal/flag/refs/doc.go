// Package refs finds the uses of feature flags in source code, by the calls of
// OpenFeature's SDKs and of the vendors' own, and says what is safe to remove.
// It reads text, it does not run or type-check: a key that is put together
// while the program runs is reported as one that cannot be read.
package refs
