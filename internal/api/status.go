package api

import "time"

// Status is the server at a glance.
type Status struct {
	Version  Version       `json:"version"`
	Started  time.Time     `json:"started"`
	Router   RouterStatus  `json:"router"`
	Services []Service     `json:"services" nullable:"false" doc:"The first page of services with their environments"`
	More     bool          `json:"more" doc:"There are more services than shown"`
	Rollouts []Rollout     `json:"rollouts" nullable:"false" doc:"Under way"`
	Runs     []Run         `json:"runs" nullable:"false" doc:"Under way"`
	Problems []StatusIssue `json:"problems" nullable:"false" doc:"What needs a person"`
}

// StatusIssue is something that needs a person.
type StatusIssue struct {
	About string    `json:"about"`
	Text  string    `json:"text"`
	Since time.Time `json:"since,omitzero"`
	Do    string    `json:"do,omitempty" doc:"What to do about it"`
}

// RouterStatus says how the router does.
type RouterStatus struct {
	OK     bool   `json:"ok"`
	URL    string `json:"url,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// Version says which program this is.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	System  string `json:"system" doc:"Operating system and architecture"`
}

// Health is what a health check gets.
type Health struct {
	OK     bool              `json:"ok"`
	Checks map[string]string `json:"checks,omitempty"`
}
