package experiment

import (
	"fmt"

	"github.com/davit-cd/davit"
)

// Design is what an experiment asks.
type Design struct {
	Variants []Arm    // the first is control
	Metrics  []Metric // goals first or not; at least one
	Alpha    float64  // chance of any wrong "better" or "worse" of a goal, at all looks; default 0.05
	Tuning   float64  // units after which intervals are narrowest; default 5000
	Units    uint64   // each variant must have before anything is decided; default 100
}

// Arm is a variant and its share of the units.
type Arm struct {
	Name  string
	Share float64 // relative to the sum of all
}

// Metric is what is measured of each unit.
type Metric struct {
	Name   string
	Kind   Kind
	Event  string  // what is counted or added up; default the name
	Per    string  // ratio only: the event that it is divided by
	Guard  bool    // must not become worse; else it is a goal
	Down   bool    // less is better
	Effect float64 // goals: the least lift that is worth it, as a fraction of control; 0: any
	Margin float64 // guards: the loss that is tolerated, as a fraction of control; default 0.02
	Cap    float64 // a unit's total counts at most so much; 0: no bound
}

// Kind says how a unit's events become a number.
type Kind string

// The kinds of metrics.
const (
	Conversion Kind = "conversion" // 1 if the event happened at all
	Mean       Kind = "mean"       // the sum of the event's values
	Quotient   Kind = "ratio"      // the sum of one event's values per that of another, over all units
)

// Limits of a design.
const (
	maxArms    = 20
	maxMetrics = 20
)

// Check completes a design and says what is wrong with it, nil if nothing is.
func (d *Design) Check() error {
	bad := func(format string, args ...any) error {
		return &davit.Error{Kind: davit.Invalid, Text: "experiment: " + fmt.Sprintf(format, args...)}
	}
	if len(d.Variants) < 2 || len(d.Variants) > maxArms {
		return bad("%d variants; 2 to %d are needed, the first is control", len(d.Variants), maxArms)
	}
	names := map[string]bool{}
	for _, v := range d.Variants {
		if v.Name == "" || names[v.Name] || !(v.Share > 0) {
			return bad("variant %q has no name or share, or is there twice", v.Name)
		}
		names[v.Name] = true
	}
	if len(d.Metrics) == 0 || len(d.Metrics) > maxMetrics {
		return bad("%d metrics; 1 to %d are needed", len(d.Metrics), maxMetrics)
	}
	clear(names)
	for i := range d.Metrics {
		if names[d.Metrics[i].Name] {
			return bad("metric %q is there twice", d.Metrics[i].Name)
		}
		names[d.Metrics[i].Name] = true
		if text := d.Metrics[i].check(); text != "" {
			return bad("metric %q %s", d.Metrics[i].Name, text)
		}
	}
	if d.Alpha == 0 {
		d.Alpha = 0.05
	}
	if d.Tuning == 0 {
		d.Tuning = 5000
	}
	if d.Units == 0 {
		d.Units = 100
	}
	if d.Alpha < 1e-6 || d.Alpha > 0.5 || d.Tuning < 10 {
		return bad("alpha %g is not within 0.000001 … 0.5, or tuning %g below 10", d.Alpha, d.Tuning)
	}
	return nil
}

func (m *Metric) check() string {
	if m.Event == "" {
		m.Event = m.Name
	}
	if m.Guard && m.Margin == 0 {
		m.Margin = 0.02
	}
	switch {
	case m.Name == "":
		return "has no name"
	case m.Kind != Conversion && m.Kind != Mean && m.Kind != Quotient:
		return fmt.Sprintf("is of kind %q, not conversion, mean or ratio", m.Kind)
	case (m.Kind == Quotient) != (m.Per != ""):
		return "is a ratio without per, or has per and is none"
	case m.Effect < 0 || m.Margin < 0 || m.Margin >= 1 || m.Cap < 0:
		return "has a negative effect, margin or cap, or a margin of 100 % and more"
	}
	return ""
}

// events lists the events that metrics need, in a fixed order.
func (d *Design) events() []string {
	var all []string
	seen := map[string]bool{}
	for _, m := range d.Metrics {
		for _, e := range []string{m.Event, m.Per} {
			if e != "" && !seen[e] {
				seen[e] = true
				all = append(all, e)
			}
		}
	}
	return all
}

// Wants reports whether an event of that name matters to the experiment.
func (d *Design) Wants(event string) bool {
	for _, m := range d.Metrics {
		if event == m.Event || event == m.Per {
			return true
		}
	}
	return false
}

// arm returns the index of a variant, -1 if it takes no part.
func (d *Design) arm(variant string) int {
	for i, v := range d.Variants {
		if v.Name == variant {
			return i
		}
	}
	return -1
}
