package api

import "github.com/davit-cd/davit/internal/audit"

// AuditReportOf returns r for the wire.
func AuditReportOf(r audit.Report) AuditReport {
	v := AuditReport{OK: r.OK(), Lines: r.Lines, Last: r.Last, Hash: r.Hash, Summary: r.String(), Problems: []AuditProblem{}, More: r.More}
	for _, p := range r.Problems {
		v.Problems = append(v.Problems, AuditProblem{Fault: string(p.Fault), From: p.From, To: p.To, Text: p.Text})
	}
	return v
}
