package api

import "time"

// Experiment is an A/B test.
type Experiment struct {
	Project     string            `json:"project"`
	Name        string            `json:"name"`
	Environment string            `json:"environment"`
	Flag        string            `json:"flag"`
	Owner       string            `json:"owner,omitempty"`
	Hypothesis  string            `json:"hypothesis"`
	Phase       string            `json:"phase" enum:"draft,running,stopped,decided"`
	Control     string            `json:"control"`
	Metrics     []Metric          `json:"metrics" nullable:"false"`
	Alpha       float64           `json:"alpha"`
	Created     time.Time         `json:"created"`
	Started     time.Time         `json:"started,omitzero"`
	Stopped     time.Time         `json:"stopped,omitzero"`
	Decision    *Decision         `json:"decision,omitempty"`
	Result      *ExperimentResult `json:"result,omitempty" doc:"While it runs: as it is now"`
}

// Decision is what was done with the result of an experiment.
type Decision struct {
	Variant string    `json:"variant"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	At      time.Time `json:"at"`
	Against bool      `json:"against,omitempty" doc:"It is not what the numbers say"`
}

// ExperimentResult is what an experiment shows at one moment; it may be looked
// at as often as one likes.
type ExperimentResult struct {
	Verdict     string          `json:"verdict" enum:"ship,keep,inconclusive,distrust"`
	Winner      string          `json:"winner,omitempty"`
	Sentence    string          `json:"sentence" doc:"One plain sentence"`
	Arms        []ExperimentArm `json:"arms" nullable:"false"`
	Ratio       string          `json:"ratio" doc:"Whether the variants have the shares they should"`
	RatioP      float64         `json:"ratio_p"`
	Several     string          `json:"several" doc:"Whether users have seen several variants"`
	Alarm       bool            `json:"alarm" doc:"The data are not to be believed"`
	Comparisons []Comparison    `json:"comparisons" nullable:"false"`
	Sampled     float64         `json:"sampled" doc:"Share of the users that is analysed; 1 until there are too many to keep"`
}

// ExperimentArm is how many users a variant has.
type ExperimentArm struct {
	Variant string  `json:"variant"`
	Users   uint64  `json:"users"`
	Share   float64 `json:"share"`
	Meant   float64 `json:"meant"`
}

// Comparison is one metric of one variant against control.
type Comparison struct {
	Variant string     `json:"variant"`
	Metric  string     `json:"metric"`
	Guard   bool       `json:"guard,omitempty"`
	Control float64    `json:"control"`
	Value   float64    `json:"value"`
	Effect  [3]float64 `json:"effect" nullable:"false" doc:"Difference, and the bounds of its interval"`
	Lift    [3]float64 `json:"lift" nullable:"false" doc:"The same relative to control, as a fraction"`
	Chance  float64    `json:"chance" doc:"That the variant is better, by today's data alone; to read, not to decide by"`
	Finding string     `json:"finding" enum:"better,worse,safe,harmed,unclear,scarce"`
}

// CreateExperiment asks for an experiment. Its variants and shares are those
// that the flag splits its users into.
type CreateExperiment struct {
	Name        string   `json:"name" pattern:"^[a-z0-9][a-z0-9-]{0,62}$" patternDescription:"of small letters, digits and dashes"`
	Environment string   `json:"environment" minLength:"1" maxLength:"63"`
	Flag        string   `json:"flag" minLength:"1" maxLength:"200"`
	Control     string   `json:"control,omitempty" maxLength:"200" doc:"Default: the flag's off variant"`
	Owner       string   `json:"owner,omitempty" maxLength:"200"`
	Hypothesis  string   `json:"hypothesis" minLength:"1" maxLength:"1000" doc:"What you expect, and why"`
	Metrics     []Metric `json:"metrics" minItems:"1" maxItems:"20"`
	Alpha       float64  `json:"alpha,omitempty" minimum:"0" maximum:"0.5" doc:"Chance of any wrong answer, at all looks; default 0.05"`
	Users       uint64   `json:"users,omitempty" doc:"Each variant must have before anything is said; default 100"`
	Tuning      float64  `json:"tuning,omitempty" minimum:"0" doc:"Users after which intervals are narrowest; default 5000"`
	Reason      string   `json:"reason,omitempty" maxLength:"500"`
}

// MoveExperiment starts, stops or decides an experiment.
type MoveExperiment struct {
	Variant string `json:"variant,omitempty" maxLength:"200" doc:"Decide: for which"`
	Reason  string `json:"reason,omitempty" maxLength:"500" doc:"Decide: needed"`
}

// Minute is what one event came to in one variant in one minute.
type Minute struct {
	At          time.Time `json:"at"`
	Variant     string    `json:"variant"`
	Event       string    `json:"event"`
	Count       uint64    `json:"count"`
	Sum         float64   `json:"sum"`
	Squares     float64   `json:"squares"`
	Conversions uint64    `json:"conversions" doc:"Users who had the event for the first time"`
}

// Tracked is something that a user did, or an exposure that a program reports:
// one line of a call to /metrics/events or /track.
type Tracked struct {
	ID         string    `json:"id,omitempty" doc:"Sent twice, it counts once; needed with a metric"`
	Key        string    `json:"key" doc:"The user's targeting key"`
	At         time.Time `json:"at,omitzero" doc:"Default: now; at most 48 hours ago"`
	Metric     string    `json:"metric,omitempty" doc:"What was done; absent: an exposure"`
	Value      *float64  `json:"value,omitempty" doc:"Default: 1"`
	Flag       string    `json:"flag,omitempty" doc:"Exposures: which flag. Events: only for what concerns this flag"`
	Experiment string    `json:"experiment,omitempty" doc:"Only for this experiment"`
	Variant    string    `json:"variant,omitempty" doc:"Exposures: the variant that the user saw"`
}

// Accepted says what came of events.
type Accepted struct {
	Events  int `json:"events" doc:"That a ramp or an experiment under way asks for"`
	Ignored int `json:"ignored" doc:"That nothing asks for"`
	Counted int `json:"counted" doc:"That were news"`
}
