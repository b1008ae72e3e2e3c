package api

import "time"

// Release is immutable: one commit of one service, packed once.
type Release struct {
	ID          string            `json:"id"`
	Service     string            `json:"service"`
	Number      int               `json:"number"`
	Run         string            `json:"run"`
	Repo        string            `json:"repo"`
	Commit      string            `json:"commit"`
	Subject     string            `json:"subject"`
	Author      string            `json:"author"`
	Artifact    string            `json:"artifact" doc:"OCI manifest digest"`
	Configs     map[string]string `json:"configs" doc:"Environment to digest of its resolved config"`
	Bytes       int64             `json:"bytes"`
	Evidence    []Finding         `json:"evidence" nullable:"false"`
	Quarantined bool              `json:"quarantined"`
	Quarantine  string            `json:"quarantine,omitempty" doc:"What lift takes: the artifact's digest, or that of the artifact with one configuration"`
	Serving     []string          `json:"serving" nullable:"false" doc:"Environments whose stable release it is"`
	Created     time.Time         `json:"created"`
}

// Finding is a gate's answer with its reason and evidence.
type Finding struct {
	Gate     string            `json:"gate"`
	Answer   string            `json:"answer" enum:"pass,fail,wait"`
	Reason   string            `json:"reason"`
	Evidence map[string]string `json:"evidence,omitempty"`
	Step     int               `json:"step" doc:"Step of the plan, -1 outside one"`
	Epoch    uint64            `json:"epoch,omitempty"`
	Override []string          `json:"override,omitempty" doc:"Roles that may override it"`
	Until    time.Time         `json:"until,omitzero"`
	At       time.Time         `json:"at,omitzero"`
}
