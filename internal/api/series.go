package api

// Series is what the router measured of one version, one point each Step
// seconds.
type Series struct {
	Service     string  `json:"service"`
	Environment string  `json:"environment"`
	Release     string  `json:"release"`
	Step        int64   `json:"step" doc:"Seconds a point covers"`
	Points      []Point `json:"points" nullable:"false"`
}

// Point is one point of a series.
type Point struct {
	At       int64   `json:"at" doc:"Unix seconds"`
	Requests uint64  `json:"requests"`
	Errors   uint64  `json:"errors"`
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
}

// AuditReport is what the verification of the journal found.
type AuditReport struct {
	OK       bool           `json:"ok"`
	Lines    int64          `json:"lines"`
	Last     int64          `json:"last" doc:"Number of the last line"`
	Hash     string         `json:"hash,omitempty" doc:"Of the last line: keep it elsewhere as a checkpoint"`
	Summary  string         `json:"summary"`
	Problems []AuditProblem `json:"problems" nullable:"false" doc:"At most 100"`
	More     int64          `json:"more,omitempty" doc:"Problems beyond those"`
}

// AuditProblem is something wrong with lines of the journal.
type AuditProblem struct {
	Fault string `json:"fault" doc:"changed, missing, moved, repeated, foreign, replaced or cut"`
	From  int64  `json:"from" doc:"First line"`
	To    int64  `json:"to" doc:"Last line"`
	Text  string `json:"text"`
}
