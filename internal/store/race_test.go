//go:build race

package store_test

// slow says that the race detector makes the database thirty times slower.
const slow = true
