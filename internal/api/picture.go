package api

// Picture is a rollout as it can be drawn: both versions side by side over the
// same seconds, and the judge's evidence as it grew.
type Picture struct {
	Rollout string `json:"rollout"`
	New     string `json:"new" doc:"Release"`
	Old     string `json:"old,omitempty" doc:"Release"`
	Drawing
}

// RampPicture is a ramp as it can be drawn: those who have the variant beside
// the others over the same seconds, and the judge's evidence as it grew.
type RampPicture struct {
	Ramp    string `json:"ramp"`
	Variant string `json:"variant" doc:"Whose users are the new side"`
	Control string `json:"control" doc:"Whose users are the old side"`
	Drawing
}

// Drawing is two sides over the same seconds: the new version beside the old
// one, or those who have a flag's variant beside the others.
type Drawing struct {
	Exposed int64     `json:"exposed,omitempty" doc:"Unix second in which the new side got its first share; 0: it had none yet"`
	Step    int64     `json:"step" doc:"Seconds a moment stands for: a picture has at most 600"`
	Moments []Moment  `json:"moments" nullable:"false" doc:"Oldest first, from a minute before the first exposure"`
	Fresh   Latencies `json:"fresh" doc:"Of the new side, over the seconds in which both had traffic"`
	Stale   Latencies `json:"stale" doc:"Of the old side, over the same seconds"`
}

// Moment is a second of a drawing, or Drawing.Step of them.
type Moment struct {
	At      int64   `json:"at" doc:"Unix second it begins with"`
	Percent float64 `json:"percent" doc:"Share that the new side was to have, at the end of the moment"`
	New     Doing   `json:"new"`
	Old     Doing   `json:"old"`
	Judged  bool    `json:"judged" doc:"Whether the judge had something to look at"`
	Harm    float64 `json:"harm" doc:"Evidence that the new side is worse, as a share of what convicts it"`
	Safety  float64 `json:"safety" doc:"Evidence that it may go on to the next step, as a share of what is enough"`
	Verdict string  `json:"verdict,omitempty" doc:"The judge's word, about going all the way"`
}

// Doing is what one side met in a moment.
type Doing struct {
	Requests uint64  `json:"requests"`
	Errors   uint64  `json:"errors"`
	P50      float64 `json:"p50_ms"`
	P90      float64 `json:"p90_ms"`
	P99      float64 `json:"p99_ms"`
}

// Latencies is what one side met in a longer time.
type Latencies struct {
	Requests uint64          `json:"requests"`
	Errors   uint64          `json:"errors"`
	Mean     float64         `json:"mean_ms"`
	P50      float64         `json:"p50_ms"`
	P90      float64         `json:"p90_ms"`
	P99      float64         `json:"p99_ms"`
	P999     float64         `json:"p999_ms"`
	Buckets  []LatencyBucket `json:"buckets" nullable:"false" doc:"How many answers took how long, shortest first"`
}

// LatencyBucket counts answers that took between two durations.
type LatencyBucket struct {
	Low   float64 `json:"low_ms"`
	High  float64 `json:"high_ms"`
	Count uint64  `json:"count"`
}
