package api

import "time"

// Channel is somebody who is told what happens. Its address is never shown.
type Channel struct {
	Name         string    `json:"name"`
	Kind         string    `json:"kind" enum:"webhook,slack,email"`
	Address      string    `json:"address" doc:"What may be shown of it: scheme and host"`
	Events       []string  `json:"events" doc:"Kinds of events, or beginnings that end in *"`
	Usual        bool      `json:"usual" doc:"Nobody asked for other events than the usual ones"`
	Services     []string  `json:"services,omitempty" doc:"Empty: all"`
	Environments []string  `json:"environments,omitempty" doc:"Empty: all"`
	Actor        string    `json:"actor"`
	Created      time.Time `json:"created"`
	Delivered    time.Time `json:"delivered,omitzero" doc:"When the last message was accepted"`
	Failing      string    `json:"failing,omitempty" doc:"Why the next message cannot be delivered"`
	Since        time.Time `json:"since,omitzero" doc:"When that began"`
	Dropped      int64     `json:"dropped" doc:"Messages that were given up"`
}

// SetChannel asks to tell somebody.
type SetChannel struct {
	Name         string   `json:"name" minLength:"1" maxLength:"63" pattern:"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"`
	Kind         string   `json:"kind" enum:"webhook,slack,email"`
	URL          string   `json:"url,omitempty" maxLength:"4096" doc:"https://…, or smtp://user:password@host:587?from=…&to=…; empty: as it is kept"`
	Key          string   `json:"key,omitempty" maxLength:"200" doc:"Signs what is sent to a webhook"`
	Events       []string `json:"events,omitempty" maxItems:"50" doc:"Empty: what was taken back or stopped, waits for a person, or is new in an environment"`
	Services     []string `json:"services,omitempty" maxItems:"100"`
	Environments []string `json:"environments,omitempty" maxItems:"100"`
}
