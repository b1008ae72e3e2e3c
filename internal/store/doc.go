// Package store keeps what Davit knows in one SQLite file: records, the
// journal, effects that are still to be done, tokens, sealed secrets,
// idempotency keys, leases and a few named values.
//
// All writes pass through one goroutine. It takes what has come in meanwhile
// and writes it as one transaction with one sync to disk, so that many writers
// share the price of durability:
//
//	Keep ──┐                 ┌─ savepoint 1: compare versions, write, chain events
//	Keep ──┼─► queue ─► BEGIN┼─ savepoint 2: conflict → only this one is undone
//	Keep ──┘                 └─ savepoint 3: …        COMMIT + sync ─► all three return
//
// Each change is still all or nothing by itself, sees those before it in the
// same batch, and returns only when it is on disk. If the whole batch breaks
// (disk full), nothing of it stays; each change is then tried once more alone,
// so that one that is at fault does not take others with it.
//
// Reads use connections of their own and never wait for a write.
package store
