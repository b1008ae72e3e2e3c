package picture

import "github.com/davit-cd/davit"

// Moment is a second, or Picture.Step of them.
type Moment struct {
	At       int64        // unix second it begins with
	Share    davit.Weight // that the new group was to have, at its end
	New, Old Side
	Judged   bool    // the judge had something to say; what follows is of the end of the moment
	Harm     float64 // evidence that the new group fares worse, as a share of what convicts, at least 0
	Safety   float64 // evidence that it is safe enough to go on from where it was, as a share of what passes, at least 0
	Verdict  davit.Verdict
}

// join adds the moment that follows.
func (m *Moment) join(next Moment) {
	m.New.Add(next.New.Requests, next.New.Errors, next.New.Hist)
	m.Old.Add(next.Old.Requests, next.Old.Errors, next.Old.Hist)
	m.Share = next.Share
	if next.Judged {
		m.Judged, m.Harm, m.Safety, m.Verdict = true, next.Harm, next.Safety, next.Verdict
	}
}
