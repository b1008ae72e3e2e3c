package rollout

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/davit-cd/davit"
)

// Bounds on what one input brings into state and journal, in bytes.
const (
	textAtMost     = 1 << 10
	factAtMost     = 256
	factsAtMost    = 32 << 10 // all facts of an input together
	findingsAtMost = 64       // of one input
)

// clip bounds the texts of an input, before the state or the journal sees it:
// both have to see the same. Clipping twice is as good as once.
func clip(in Input) Input {
	room := factsAtMost
	switch i := in.(type) {
	case Gated:
		i.Findings = fewer(i.Findings)
		for n, f := range i.Findings {
			i.Findings[n] = clipFinding(f, &room)
		}
		return i
	case PlaceFailed:
		i.Reason = cut(i.Reason, textAtMost)
		return i
	case Smoked:
		i.Finding = clipFinding(i.Finding, &room)
		return i
	case Judged:
		i.Finding = clipFinding(i.Finding, &room)
		return i
	case Crashed:
		i.Reason = cut(i.Reason, textAtMost)
		return i
	case Retired:
		i.Note = cut(i.Note, textAtMost)
		return i
	case Halt:
		i.Actor, i.Reason = cut(i.Actor, factAtMost), cut(i.Reason, textAtMost)
		return i
	case Resume:
		i.Actor = cut(i.Actor, factAtMost)
		return i
	case Advance:
		i.Actor, i.Reason = cut(i.Actor, factAtMost), cut(i.Reason, textAtMost)
		return i
	case Abort:
		i.Actor, i.Reason = cut(i.Actor, factAtMost), cut(i.Reason, textAtMost)
		return i
	case Cancel:
		i.Actor, i.Reason = cut(i.Actor, factAtMost), cut(i.Reason, textAtMost)
		return i
	}
	return in
}

// fewer copies findings; of too many it keeps the worst, since those decide.
func fewer(findings []davit.Finding) []davit.Finding {
	findings = slices.Clone(findings)
	if len(findings) <= findingsAtMost {
		return findings
	}
	badness := func(f davit.Finding) int {
		switch f.Answer {
		case davit.Passed:
			return 2
		case davit.Waiting:
			return 1
		case davit.Refused:
		}
		return 0
	}
	slices.SortStableFunc(findings, func(a, b davit.Finding) int { return badness(a) - badness(b) })
	return findings[:findingsAtMost]
}

// clipFinding bounds a finding. Facts come in the order of their names, until
// room is used up.
func clipFinding(f davit.Finding, room *int) davit.Finding {
	f.Gate, f.Reason = cut(f.Gate, factAtMost), cut(f.Reason, textAtMost)
	if f.Evidence == nil {
		return f
	}
	facts := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(f.Evidence)) {
		k, v := cut(key, factAtMost), cut(f.Evidence[key], factAtMost)
		if *room -= len(k) + len(v); *room < 0 {
			*room = 0
			break
		}
		facts[k] = v
	}
	f.Evidence = facts
	return f
}

// cut shortens text to at most n bytes of whole runes.
func cut(text string, n int) string {
	short := len(text) <= n
	text = strings.ToValidUTF8(text[:min(len(text), 2*n)], "\uFFFD")
	if short && len(text) <= n {
		return text
	}
	n = min(n, len(text)+len("…"))
	n -= len("…")
	for n > 0 && n < len(text) && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + "…"
}
