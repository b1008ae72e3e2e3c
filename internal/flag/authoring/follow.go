package authoring

// Follow merges what a file says into a flag that people change, too. base is
// the flag as the file had it before; nil if it had none. What a flag is (its
// kind, owner, variants, prerequisites and the like) follows the file. What it
// does (on, shares, rules, targets, schedule) follows the file only where people
// have left it as the file had it; else it stays, which Drift shows.
func Follow(live Flag, base *Flag, file Flag) Flag {
	out := file
	out.Created, out.Project, out.Key = live.Created, live.Project, live.Key
	out.Environments = nil
	for _, e := range live.Environments {
		s := *e.Value
		if in, ok := file.Environments.Get(e.Name); ok {
			var old *State
			if base != nil {
				old, _ = base.Environments.Get(e.Name)
			}
			s = followState(s, old, *in)
		}
		out = out.With(e.Name, repaired(out, s))
	}
	for _, e := range file.Environments {
		if !live.Environments.Has(e.Name) {
			out = out.With(e.Name, *e.Value)
		}
	}
	return out
}

// followState merges one environment.
func followState(live State, base *State, file State) State {
	out := file
	same := func(a, b any) bool { return shown(a) == shown(b) }
	old := State{}
	if base != nil {
		old = *base
	}
	if base == nil || live.On != old.On || live.Disabled != old.Disabled {
		out.On, out.Disabled = live.On, live.Disabled
	}
	if base == nil || !same(live.Serve, old.Serve) {
		out.Serve = live.Serve
	}
	if base == nil || !same(live.Rules, old.Rules) {
		out.Rules = live.Rules
	}
	if base == nil || !same(live.Targets, old.Targets) {
		out.Targets = live.Targets
	}
	if base == nil || !same(live.Schedule, old.Schedule) {
		out.Schedule = live.Schedule
	}
	out.Ramp = live.Ramp
	return out
}

// repaired takes variants that the file no longer has out of what people said.
func repaired(f Flag, s State) State {
	if !f.Variants.Has(s.Off) {
		s.Off = f.offVariant()
	}
	for _, o := range []*Outcome{&s.Serve} {
		if !outcomeFits(f, *o) {
			*o = Outcome{Variant: s.Off}
		}
	}
	var rules []Rule
	for _, r := range s.Rules {
		if outcomeFits(f, r.Outcome) {
			rules = append(rules, r)
		}
	}
	s.Rules = rules
	var targets Ordered[[]string]
	for _, t := range s.Targets {
		if f.Variants.Has(t.Name) {
			targets = append(targets, t)
		}
	}
	s.Targets = targets
	var steps []Change
	for _, c := range s.Schedule {
		if c.Serve == nil || outcomeFits(f, *c.Serve) {
			steps = append(steps, c)
		}
	}
	s.Schedule = steps
	return s
}

func outcomeFits(f Flag, o Outcome) bool {
	for _, e := range o.Split {
		if !f.Variants.Has(e.Name) {
			return false
		}
	}
	if o.Linear != nil {
		return f.Variants.Has(o.Linear.Variant) && f.Variants.Has(o.Linear.Others)
	}
	return len(o.Split) > 0 || f.Variants.Has(o.Variant)
}

// Drift returns in what a flag differs from what its file says.
func Drift(file, live Flag) []Difference { return Diff(file, live) }
