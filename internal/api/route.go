package api

import (
	"net/http"
	"slices"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
)

// Base is where all routes begin.
const Base = "/api/v1"

// Route is one operation of the API.
type Route struct {
	ID      string      // operation id: "list-runs"
	Method  string      //
	Path    string      // below Base, parameters in braces
	Verb    access.Verb // what the caller must be allowed to do
	Tag     string      // group in the reference
	Summary string      // one sentence
	Stream  string      // media type of a streamed answer; empty: JSON
	Status  int         // of success; 0: 200
}

// Write reports whether the route changes something; such a route honours
// Idempotency-Key.
func (r Route) Write() bool { return r.Method != http.MethodGet }

// Role returns the least role that may call the route.
func (r Route) Role() davit.Role {
	least, _ := access.Least(r.Verb) // a test holds that every verb is known
	return least
}

const (
	get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	eventStream         = "text/event-stream"
	ndjson              = "application/x-ndjson"
)

// Routes is the table of all routes; the server registers exactly these.
func Routes() []Route { return slices.Concat(deliveryRoutes(), flagRoutes(), keepingRoutes()) }

func deliveryRoutes() []Route {
	return []Route{
		{"get-version", get, "/version", access.Read, "server", "Says which program this is.", "", 0},
		{"get-status", get, "/status", access.Read, "server", "The server at a glance: services, what is under way, what needs a person.", "", 0},
		{"get-identity", get, "/identity", access.Read, "server", "Says who the token speaks for.", "", 0},

		{"search", get, "/search", access.Read, "server", "Finds services, runs, releases, rollouts, flags and people by what is remembered of them.", "", 0},

		{"list-services", get, "/services", access.Read, "services", "Lists services with their environments side by side.", "", 0},
		{"get-service", get, "/services/{service}", access.Read, "services", "Shows a service, its environments and what became of its commits.", "", 0},
		{"plan-service", get, "/services/{service}/plan", access.Read, "services", "Says what a commit would do: stages, gates, steps, and what each gate says now.", "", 0},
		{"list-environments", get, "/environments", access.Read, "environments", "Lists where services stand in their environments.", "", 0},
		{"get-environment", get, "/services/{service}/environments/{environment}", access.Read, "environments", "Shows one service in one environment.", "", 0},
		{"list-instances", get, "/services/{service}/environments/{environment}/instances", access.Read, "environments", "Lists the running instances.", "", 0},
		{"read-instance-log", get, "/services/{service}/environments/{environment}/log", access.Read, "environments", "Streams what the instances wrote.", eventStream, 0},
		{"roll-back", post, "/services/{service}/environments/{environment}/rollback", access.Rollback, "environments", "Goes back to the last good release, or to the one named.", "", http.StatusAccepted},

		{"list-runs", get, "/runs", access.Read, "runs", "Lists runs, newest first.", "", 0},
		{"get-run", get, "/runs/{run}", access.Read, "runs", "Shows a run with its stages, tests and deployments.", "", 0},
		{"read-run-log", get, "/runs/{run}/log", access.Read, "runs", "Streams what the stages of a run wrote.", eventStream, 0},
		{"rerun", post, "/runs/{run}/rerun", access.Rerun, "runs", "Starts a new run of the same commit.", "", http.StatusAccepted},
		{"cancel-run", post, "/runs/{run}/cancel", access.Cancel, "runs", "Stops a run.", "", 0},

		{"list-releases", get, "/releases", access.Read, "releases", "Lists releases, newest first.", "", 0},
		{"get-release", get, "/releases/{release}", access.Read, "releases", "Shows a release with its evidence and where it serves.", "", 0},

		{"list-rollouts", get, "/rollouts", access.Read, "rollouts", "Lists rollouts, newest first.", "", 0},
		{"get-rollout", get, "/rollouts/{rollout}", access.Read, "rollouts", "Shows a rollout: plan, step, findings, what it waits for.", "", 0},
		{"promote", post, "/rollouts", access.Deploy, "rollouts", "Starts a rollout of a release in an environment.", "", http.StatusAccepted},
		{"hold-rollout", post, "/rollouts/{rollout}/hold", access.Hold, "rollouts", "Keeps a rollout at its step.", "", 0},
		{"resume-rollout", post, "/rollouts/{rollout}/resume", access.Resume, "rollouts", "Ends a hold.", "", 0},
		{"advance-rollout", post, "/rollouts/{rollout}/advance", access.Promote, "rollouts", "Goes on to the next step.", "", 0},
		{"approve-rollout", post, "/rollouts/{rollout}/approve", access.Approve, "rollouts", "Gives the approval a rollout waits for.", "", 0},
		{"override-gate", post, "/rollouts/{rollout}/override", access.Override, "rollouts", "Lets the release of a rollout past a gate that says who may override it, for a while.", "", 0},
		{"abort-rollout", post, "/rollouts/{rollout}/abort", access.Abort, "rollouts", "Takes a rollout back. It dominates everything else.", "", 0},
		{"get-picture", get, "/rollouts/{rollout}/picture", access.Read, "rollouts", "A rollout as it can be drawn: both versions side by side, second by second, and the judge's evidence as it grew.", "", 0},
		{"list-verdicts", get, "/rollouts/{rollout}/verdicts", access.Read, "rollouts", "Lists what the judge said, with its evidence, oldest first.", "", 0},
		{"replay-rollout", get, "/rollouts/{rollout}/replay", access.Read, "rollouts", "Judges a rollout again from its stored counts and compares every stored verdict.", "", 0},
		{"read-counts", get, "/rollouts/{rollout}/counts", access.Read, "rollouts", "The stored counts the judge saw, as `davit judge` reads them.", ndjson, 0},

		{"list-ramps", get, "/ramps", access.Read, "ramps", "Lists the newest ramp of each flag and environment, newest first.", "", 0},
		{"get-ramp", get, "/flags/{project}/{flag}/ramps/{environment}", access.Read, "ramps", "Shows a ramp: its steps, whom it exposes, what the judge says.", "", 0},
		{"get-ramp-picture", get, "/flags/{project}/{flag}/ramps/{environment}/picture", access.Read, "ramps", "A ramp as it can be drawn: those who have the variant beside the others, second by second, and the judge's evidence as it grew.", "", 0},
		{"start-ramp", post, "/flags/{project}/{flag}/ramps/{environment}", access.FlagSet, "ramps", "Begins to give a variant to more and more users, watched.", "", http.StatusAccepted},
		{"steer-ramp", post, "/flags/{project}/{flag}/ramps/{environment}/{wish}", access.FlagSet, "ramps", "Holds, resumes, advances, aborts or unlocks a ramp.", "", 0},
		{"list-experiments", get, "/experiments", access.Read, "experiments", "Lists experiments, newest first.", "", 0},
		{"create-experiment", post, "/experiments/{project}", access.FlagSet, "experiments", "Plans an experiment on a flag that splits its users.", "", http.StatusCreated},
		{"get-experiment", get, "/experiments/{project}/{experiment}", access.Read, "experiments", "Shows an experiment with what it shows now.", "", 0},
		{"move-experiment", post, "/experiments/{project}/{experiment}/{wish}", access.FlagSet, "experiments", "Starts, stops or decides an experiment.", "", 0},
		{"read-minutes", get, "/experiments/{project}/{experiment}/minutes", access.Read, "experiments", "What each event came to in each variant, minute by minute.", "", 0},
		{"send-events", post, "/metrics/events", access.FlagEvaluate, "experiments", "Takes in what users did: lines of JSON, or an array.", "", 0},
		{"track", post, "/track", access.FlagEvaluate, "experiments", "Takes in exposures and events of programs that evaluate flags themselves; the same as /metrics/events.", "", 0},

		{"list-quarantine", get, "/quarantine", access.Read, "quarantine", "Lists quarantined digests.", "", 0},
		{"quarantine", post, "/quarantine", access.Quarantine, "quarantine", "Keeps a digest from ever coming back by itself.", "", 0},
		{"lift-quarantine", post, "/quarantine/{digest}/lift", access.Lift, "quarantine", "Lets a quarantined digest come back.", "", 0},

		{"list-timeline", get, "/timeline", access.Read, "journal", "Lists what happened, newest first.", "", 0},
		{"stream-events", get, "/events", access.Watch, "journal", "Streams what happens, as it happens.", eventStream, 0},
		{"get-why", get, "/why/{subject}", access.Read, "journal", "Everything known about a commit or a digest.", "", 0},
		{"export-audit", get, "/audit/export", access.AuditExport, "journal", "The whole journal, one canonical line an event.", ndjson, 0},
		{"verify-audit", get, "/audit/verify", access.AuditVerify, "journal", "Checks the hash chain of the journal and names every bad line.", "", 0},
		{"get-series", get, "/series", access.Read, "journal", "What the router measured of each version.", "", 0},
	}
}

// keepingRoutes are about what the server keeps for others.
func keepingRoutes() []Route {
	return []Route{
		{"list-secrets", get, "/secrets", access.SecretList, "secrets", "Lists names of secrets, never values.", "", 0},
		{"set-secret", put, "/secrets", access.SecretSet, "secrets", "Keeps a secret.", "", 0},
		{"remove-secret", del, "/secrets/{service}/{name}", access.SecretDelete, "secrets", "Forgets a secret.", "", 0},

		{"list-channels", get, "/notifications", access.Read, "notifications", "Lists who is told what, and whether they can be reached.", "", 0},
		{"set-channel", put, "/notifications", access.Settings, "notifications", "Tells somebody of what happens from now on.", "", 0},
		{"remove-channel", del, "/notifications/{channel}", access.Settings, "notifications", "Tells somebody no more.", "", 0},
		{"try-channel", post, "/notifications/{channel}/try", access.Settings, "notifications", "Sends a message to see whether it arrives.", "", 0},

		{"list-tokens", get, "/tokens", access.TokenManage, "tokens", "Lists tokens, never their secrets.", "", 0},
		{"create-token", post, "/tokens", access.TokenManage, "tokens", "Makes a token; its secret is shown once.", "", http.StatusCreated},
		{"revoke-token", del, "/tokens/{token}", access.TokenManage, "tokens", "Makes a token invalid at once.", "", 0},
	}
}

// RouteOf returns the route with the given id.
func RouteOf(id string) (Route, bool) {
	for _, r := range Routes() {
		if r.ID == id {
			return r, true
		}
	}
	return Route{}, false
}
