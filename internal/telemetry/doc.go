// Package telemetry keeps what the router measured: one sample a second for
// each version (and instance) that had traffic. Idle versions write nothing.
//
// The last minutes are in memory, for the judge and the live page. Everything
// is on disk, in one log an hour; when the hour is over, its log is sealed:
//
//	Append ─► 1792000800.log   frames in the order of arrival, each with a
//	              │            checksum, synced before Append returns
//	              │ hour over
//	              ▼
//	          1792000800.old   no longer written
//	              │ sorted by series, doubles dropped, compressed
//	              ▼
//	          1792000800.seg   one block a series and a directory at the end;
//	                           reading one series reads only its blocks
//
// A crash leaves at most a torn last frame, which was never acknowledged, or a
// .old beside its .seg. Reading drops doubles, so both are harmless. A sample
// is known by second, service, environment, release, instance and mark; of two
// that agree in these, the one that came first counts.
package telemetry
