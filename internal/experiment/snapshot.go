package experiment

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"maps"
	"slices"
)

// snapshot is a log as it is kept.
type snapshot struct {
	Units   []kept
	Seen    [2][]uint64
	Minutes map[int64][]bin
	Halved  uint8
	Late    uint64
	Unknown uint64
}

type kept struct {
	ID   uint64
	Unit unit
}

// Snapshot returns all that the log remembers.
func (l *Log) Snapshot() ([]byte, error) {
	s := snapshot{Minutes: l.minutes, Halved: l.halved, Late: l.late, Unknown: l.unknown}
	for _, id := range l.sorted() {
		s.Units = append(s.Units, kept{ID: id, Unit: *l.units[id]})
	}
	for i := range l.seen {
		s.Seen[i] = slices.Sorted(maps.Keys(l.seen[i]))
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(s); err != nil {
		return nil, fmt.Errorf("keep an experiment's log: %w", err)
	}
	return b.Bytes(), nil
}

// Restore returns the log that Snapshot was taken of; the design must have the
// same variants and events.
func Restore(d Design, b []byte) (*Log, error) {
	var s snapshot
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&s); err != nil {
		return nil, fmt.Errorf("read an experiment's log: %w", err)
	}
	l := NewLog(d)
	l.halved, l.late, l.unknown = s.Halved, s.Late, s.Unknown
	for at, bins := range s.Minutes {
		if len(bins) == len(d.Variants)*len(l.events) {
			l.minutes[at] = bins
		}
	}
	for i := range s.Units {
		u := s.Units[i].Unit
		if int(u.Arm) >= len(d.Variants) || u.Sum != nil && (len(u.Sum) != len(l.events) || len(u.Count) != len(l.events)) {
			return nil, fmt.Errorf("read an experiment's log: it is of another design")
		}
		l.units[s.Units[i].ID] = &u
		if u.Arm < 0 {
			l.several++
			continue
		}
		l.counts[u.Arm]++
	}
	for i := range s.Seen {
		for _, id := range s.Seen[i] {
			l.seen[i][id] = struct{}{}
		}
	}
	l.recount()
	return l, nil
}

func (l *Log) sorted() []uint64 { return slices.Sorted(maps.Keys(l.units)) }
