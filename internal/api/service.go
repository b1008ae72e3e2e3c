package api

import "time"

// Service is something deployed on its own.
type Service struct {
	Name         string        `json:"name"`
	Owner        string        `json:"owner,omitempty" doc:"Who answers for it, as its davit.yaml says"`
	Repo         string        `json:"repo" doc:"Repository on this server"`
	Branch       string        `json:"branch" doc:"Commits of this branch deploy"`
	Path         string        `json:"path" doc:"Folder in the repository"`
	Queue        string        `json:"queue" doc:"every, newest or batch"`
	Commit       string        `json:"commit" doc:"Commit its davit.yaml was last read at"`
	Environments []Environment `json:"environments" nullable:"false" doc:"Side by side, in the order a release passes them"`
	LastRun      *Run          `json:"last_run,omitempty"`
	Updated      time.Time     `json:"updated"`
}

// ServiceDetail is a service with what became of its commits.
type ServiceDetail struct {
	Service
	Commits []Commit `json:"commits" nullable:"false" doc:"Newest first; every one accounted for"`
}

// Commit is one commit of a service and what became of it.
type Commit struct {
	Commit  string             `json:"commit"`
	Subject string             `json:"subject"`
	Author  string             `json:"author"`
	Run     string             `json:"run"`
	Outcome string             `json:"outcome" doc:"deployed, superseded by X, stopped by gate Y, or where it is now"`
	Spent   map[string]float64 `json:"spent" doc:"Seconds in each phase"`
	Created time.Time          `json:"created"`
}

// Environment is where a service stands in one environment: its lane.
type Environment struct {
	Service  string   `json:"service"`
	Name     string   `json:"name"`
	Hosts    []string `json:"hosts" nullable:"false"`
	URL      string   `json:"url,omitempty" doc:"Where it can be reached through the router"`
	Strategy string   `json:"strategy"`
	Release  string   `json:"release,omitempty" doc:"The stable release"`
	Commit   string   `json:"commit,omitempty"`
	Artifact string   `json:"artifact,omitempty"`
	Config   string   `json:"config,omitempty"`
	Previous []string `json:"previous" nullable:"false" doc:"Releases that were good before, newest first"`
	Active   *Rollout `json:"active,omitempty" doc:"The rollout under way"`
	Waiting  string   `json:"waiting,omitempty" doc:"The rollout that comes next"`
	Health   string   `json:"health" doc:"ok, degraded, down, or none when nothing runs" enum:"ok,degraded,down,none,unknown"`
	Ready    int      `json:"ready" doc:"Instances that are ready"`
	Wanted   int      `json:"wanted" doc:"Instances that are wanted"`
}

// Instance is one running process of a release.
type Instance struct {
	ID       string    `json:"id"`
	Release  string    `json:"release"`
	State    string    `json:"state"`
	Reason   string    `json:"reason,omitempty"`
	Restarts int       `json:"restarts"`
	Started  time.Time `json:"started,omitzero"`
}
