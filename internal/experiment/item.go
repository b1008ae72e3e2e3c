package experiment

// Item is one thing that a log takes in: an exposure if it has a variant, an
// event else.
type Item struct {
	Unit    uint64  `json:"u"`
	Variant string  `json:"v,omitempty"`
	ID      uint64  `json:"i,omitempty"` // of the event
	Event   string  `json:"e,omitempty"`
	Value   float64 `json:"x,omitempty"`
	At      int64   `json:"t"` // unix seconds
}

// Take takes an item in and reports whether it counts.
func (l *Log) Take(i Item) bool {
	if i.Variant != "" {
		return l.Expose(i.Unit, i.Variant, i.At)
	}
	return l.Observe(i.ID, i.Unit, i.Event, i.Value, i.At)
}
