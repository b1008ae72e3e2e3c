package api

import (
	"net/http"

	"github.com/davit-cd/davit/internal/access"
)

// flagRoutes are about feature flags.
func flagRoutes() []Route {
	return []Route{
		{"list-flags", get, "/flags", access.Read, "flags", "Lists feature flags: what they do, how they are used, which are stale.", "", 0},
		{"create-flag", post, "/flags", access.FlagSet, "flags", "Makes a flag.", "", http.StatusCreated},
		{"get-flag", get, "/flags/{project}/{flag}", access.Read, "flags", "Shows a flag with its whole text, what it needs and what waits for approval.", "", 0},
		{"edit-flag", put, "/flags/{project}/{flag}", access.FlagSet, "flags", "Gives a flag another content.", "", 0},
		{"remove-flag", del, "/flags/{project}/{flag}", access.FlagSet, "flags", "Removes a flag that nothing needs; its history stays.", "", 0},
		{"turn-flag-on", post, "/flags/{project}/{flag}/on", access.FlagSet, "flags", "Turns a flag on in an environment.", "", 0},
		{"turn-flag-off", post, "/flags/{project}/{flag}/off", access.FlagSet, "flags", "Turns a flag off in an environment: everybody gets the off variant.", "", 0},
		{"kill-flag", post, "/flags/{project}/{flag}/kill", access.FlagSet, "flags", "Turns a flag off at once, whatever is planned or needs approval.", "", 0},
		{"serve-flag", post, "/flags/{project}/{flag}/serve", access.FlagSet, "flags", "Changes the shares of a flag's variants, now, evenly over a time, or at a time.", "", 0},
		{"unschedule-flag", post, "/flags/{project}/{flag}/unschedule", access.FlagSet, "flags", "Takes back what is planned for a flag in an environment.", "", 0},
		{"undo-flag", post, "/flags/{project}/{flag}/undo", access.FlagSet, "flags", "Makes a flag what it was in an earlier version.", "", 0},
		{"approve-flag", post, "/flags/{project}/{flag}/approve", access.Approve, "flags", "Says yes, or no, to a change that waits for a second person.", "", 0},
		{"explain-flag", get, "/flags/{project}/{flag}/explain", access.Read, "flags", "Says what a flag gives to whom, and of every rule whether it held and why.", "", 0},
		{"list-flag-history", get, "/flags/{project}/{flag}/history", access.Read, "flags", "Lists the versions of a flag, newest first.", "", 0},
		{"list-segments", get, "/segments/{project}", access.Read, "flags", "Lists segments and what asks for them.", "", 0},
		{"put-segment", put, "/segments/{project}/{segment}", access.FlagSet, "flags", "Makes or changes a segment.", "", 0},
		{"remove-segment", del, "/segments/{project}/{segment}", access.FlagSet, "flags", "Removes a segment that nothing asks for.", "", 0},
		{"export-flags", get, "/flag-documents/{project}", access.Read, "flags", "Everything authored of a project, as a file of flags.", "", 0},
		{"apply-flags", put, "/flag-documents/{project}", access.FlagSet, "flags", "Makes the flags what a document says; those it does not name stay.", "", 0},
	}
}
