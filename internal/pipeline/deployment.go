package pipeline

import "time"

// Deployment is where the run's release stands in one environment.
type Deployment struct {
	Environment string
	Phase       DeploymentPhase
	Rollout     string // rollout id, once known
	Outcome     RolloutOutcome
	Reason      string // why it is in its phase, one plain sentence
	Started     time.Time
	Finished    time.Time
}

// DeploymentPhase says where a deployment stands.
type DeploymentPhase string

// The phases of a deployment.
const (
	DeploymentWaiting DeploymentPhase = "waiting"     // for the environments before it
	RollingOut        DeploymentPhase = "rolling-out" //
	DeploymentHeld    DeploymentPhase = "held"        // its rollout waits for a person, a gate or a window
	DeploymentDone    DeploymentPhase = "done"        //
	DeploymentFailed  DeploymentPhase = "failed"      //
	DeploymentSkipped DeploymentPhase = "skipped"     // the run ended before its turn
)

// RolloutOutcome is how a rollout ended.
type RolloutOutcome string

// The outcomes of a rollout. Only RolloutDone lets a release go on; an outcome
// that is none of these counts as a failure.
const (
	RolloutDone       RolloutOutcome = "done"
	RolloutRolledBack RolloutOutcome = "rolled-back"
	RolloutCancelled  RolloutOutcome = "cancelled"
	RolloutSuperseded RolloutOutcome = "superseded"
	RolloutStranded   RolloutOutcome = "stranded" // neither forward nor back: a person is needed
	RolloutRefused    RolloutOutcome = "refused"  // a gate said no before traffic moved
)
