package api

import "time"

// Ramp is a flag's variant on its way to more and more users.
type Ramp struct {
	ID          string     `json:"id"`
	Project     string     `json:"project"`
	Environment string     `json:"environment"`
	Flag        string     `json:"flag"`
	Service     string     `json:"service,omitempty" doc:"Whose telemetry judges it"`
	Variant     string     `json:"variant" doc:"The variant that grows"`
	Control     string     `json:"control" doc:"What everybody else has"`
	Phase       string     `json:"phase" enum:"pending,raising,holding,paused,lowering,done,failed,aborted,cancelled"`
	Step        int        `json:"step" doc:"From 0"`
	Steps       []RampStep `json:"steps" nullable:"false"`
	Share       float64    `json:"share" doc:"Percent of the users who have the variant"`
	Back        string     `json:"back" enum:"nobody,previous,off"`
	Locked      bool       `json:"locked" doc:"No ramp of this flag may follow until a person unlocks it"`
	Actor       string     `json:"actor"`
	Created     time.Time  `json:"created"`
	Since       time.Time  `json:"since" doc:"When the phase began"`
	Deadline    time.Time  `json:"deadline,omitzero" doc:"When the phase takes its default way out"`
	Ended       time.Time  `json:"ended,omitzero"`
	Held        string     `json:"held,omitempty" doc:"Who keeps it where it is, and why"`
	Waiting     []string   `json:"waiting,omitempty" doc:"What the gates that wait say"`
	Reason      string     `json:"reason,omitempty" doc:"Why it ended, or is going back"`
	Word        string     `json:"word,omitempty" doc:"What the judge says now"`
	Verdict     string     `json:"verdict,omitempty"`
}

// RampStep is one step of a ramp.
type RampStep struct {
	Share    float64 `json:"share" exclusiveMinimum:"0" maximum:"100" doc:"Percent of the users"`
	Hold     string  `json:"hold,omitempty" maxLength:"20" doc:"Least time, such as 10m"`
	Judge    string  `json:"judge,omitempty" enum:"pass,watch,none" doc:"pass: only on the judge's PASS; watch: unless it FAILs"`
	Deadline string  `json:"deadline,omitempty" maxLength:"20"`
	Samples  uint64  `json:"samples,omitempty" doc:"Requests or users that each side must have had"`
	Approve  bool    `json:"approve,omitempty" doc:"A person must promote it"`
}

// StartRamp asks for a ramp. Exactly one of steps and over is given, or neither:
// then it is 1, 5, 25, 50 and 100 %, each on a PASS.
type StartRamp struct {
	Service string     `json:"service,omitempty" maxLength:"63" doc:"Whose telemetry judges it; default: the service of the project's name"`
	Variant string     `json:"variant,omitempty" maxLength:"200" doc:"Default: on, true or the first"`
	Control string     `json:"control,omitempty" maxLength:"200" doc:"Default: what is served now, or the off variant"`
	Steps   []RampStep `json:"steps,omitempty" maxItems:"1000"`
	Over    string     `json:"over,omitempty" maxLength:"20" doc:"By time: from nobody to everybody in so long"`
	Hold    string     `json:"hold,omitempty" maxLength:"20" doc:"Least time of each step that names none; default 10m"`
	Samples uint64     `json:"samples,omitempty" doc:"For each step that names none"`
	Back    string     `json:"back,omitempty" enum:"nobody,previous,off" doc:"What a FAIL does; default nobody"`
	Overdue string     `json:"overdue,omitempty" enum:"hold,back" doc:"What a step's deadline does; default hold"`
	Guards  []Metric   `json:"guards,omitempty" maxItems:"20"`
	Reason  string     `json:"reason,omitempty" maxLength:"500"`
}

// SteerRamp is a person's wish about a ramp.
type SteerRamp struct {
	Reason string    `json:"reason,omitempty" maxLength:"500"`
	Force  bool      `json:"force,omitempty" doc:"Advance without the judge's PASS; needs a reason"`
	Until  time.Time `json:"until,omitzero" doc:"Hold: when it goes on under the judge; absent: when somebody resumes it"`
}

// Metric is what is measured of each user.
type Metric struct {
	Name   string  `json:"name" minLength:"1" maxLength:"200"`
	Kind   string  `json:"kind" enum:"conversion,mean,ratio"`
	Event  string  `json:"event,omitempty" maxLength:"200" doc:"Default: the name"`
	Per    string  `json:"per,omitempty" maxLength:"200" doc:"Ratio: the event that it is divided by"`
	Guard  bool    `json:"guard,omitempty" doc:"Must not become worse; else it is a goal"`
	Down   bool    `json:"down,omitempty" doc:"Less is better"`
	Effect float64 `json:"effect,omitempty" minimum:"0" doc:"Goal: the least lift that is worth it, as a fraction"`
	Margin float64 `json:"margin,omitempty" minimum:"0" maximum:"0.99" doc:"Guard: the loss that is tolerated, as a fraction; default 0.02"`
	Cap    float64 `json:"cap,omitempty" minimum:"0" doc:"A user's total counts at most so much"`
}
