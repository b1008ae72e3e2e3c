// Package study keeps the logs of experiments and of the guard metrics of ramps
// on disk.
//
//	Take ─► <id>/log.7   frames of items, each with a checksum, synced before Take returns
//	          │ grown large
//	          ▼
//	        <id>/snap    the folded log and the number of the frames file that goes on
//	        <id>/log.8   empty
//
// A snapshot is put in place by a rename, so there is a whole one at any
// instant; a crash leaves at most a torn last frame, which was never
// acknowledged, or a frames file that no snapshot names, which is removed.
// What is taken twice counts once: exposures by unit, events by id.
package study
