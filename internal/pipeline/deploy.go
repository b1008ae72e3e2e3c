package pipeline

import (
	"fmt"
	"slices"
)

// afterStages goes on to packing, or ends a run that has nothing to deploy.
func (m *machine) afterStages() {
	if !m.deploys() {
		m.end(Succeeded, fmt.Sprintf("All stages passed; branch %s is not deployed, %s is.", m.Branch, m.Spec.Branch), "")
		return
	}
	m.enter(Packaging)
	m.Deadline = m.at.Add(packageWithin)
	m.do(Package{Run: m.ID})
	m.tell("run.packaging", fmt.Sprintf("%s passed its stages and is being packed.", m.ID))
}

// deploys reports whether the run's branch is the one that is deployed.
func (m *machine) deploys() bool { return m.Spec.Branch == "" || m.Branch == m.Spec.Branch }

func (m *machine) packaged(in Packaged) {
	if m.Phase != Packaging {
		return
	}
	if in.Err != "" || in.Release == "" || in.Digest == "" {
		why := in.Err
		if why == "" {
			why = "packing made no release"
		}
		m.notPackaged(why)
		return
	}
	m.Release, m.Artifact = in.Release, in.Digest
	m.tell("run.packaged", fmt.Sprintf("%s is release %s, artifact %s.", m.ID, in.Release, in.Digest.Short()))
	m.nextEnvironment()
}

func (m *machine) notPackaged(why string) {
	m.end(Failed, fmt.Sprintf("The artifact could not be packed: %s.", trimStop(why)), "package")
}

// nextEnvironment enters the first environment that is not done; every one
// before it is.
func (m *machine) nextEnvironment() {
	for i := range m.Deployments {
		d := &m.Deployments[i]
		if d.Phase == DeploymentDone {
			continue
		}
		if after := m.notBehind(i); after != "" {
			d.Phase, d.Reason, d.Finished = DeploymentFailed, fmt.Sprintf("It comes after %s, which is not done.", after), m.at
			m.end(Failed, fmt.Sprintf("%s was not entered: it comes after %s, which is not done.", d.Environment, after), d.Environment+": order")
			return
		}
		if m.Phase != Deploying {
			m.enter(Deploying)
		}
		d.Phase, d.Started = RollingOut, m.at
		m.do(StartRollout{Run: m.ID, Environment: d.Environment, Release: m.Release})
		m.tell("deployment.started", fmt.Sprintf("%s goes to %s.", m.Release, d.Environment), "environment", d.Environment)
		return
	}
	if len(m.Deployments) == 0 {
		m.end(Succeeded, fmt.Sprintf("Release %s is packed; there is no environment to bring it to.", m.Release), "")
		return
	}
	m.end(Succeeded, fmt.Sprintf("Release %s is live in %s.", m.Release, list(m.environments(), 10)), "")
}

// notBehind returns an environment that the i-th must come after and that is
// not done.
func (m *machine) notBehind(i int) string {
	for _, name := range m.Spec.Environments[i].After {
		if d := m.Deployment(name); d == nil || d.Phase != DeploymentDone {
			return name
		}
	}
	return ""
}

func (m *machine) environments() []string {
	var names []string
	for _, d := range m.Deployments {
		names = append(names, d.Environment)
	}
	return names
}

// underWay returns the deployment whose rollout has not ended, or nil.
func (m *machine) underWay() *Deployment {
	i := slices.IndexFunc(m.Deployments, func(d Deployment) bool { return d.Phase == RollingOut || d.Phase == DeploymentHeld })
	if i < 0 {
		return nil
	}
	return &m.Deployments[i]
}

// current returns the deployment that is under way if it is that of environment
// and its rollout is, or may be, the one named.
func (m *machine) current(environment, rollout string) *Deployment {
	d := m.underWay()
	if d == nil || d.Environment != environment || d.Rollout != "" && rollout != "" && d.Rollout != rollout {
		return nil
	}
	return d
}

func (m *machine) rolloutStarted(in RolloutStarted) {
	if d := m.current(in.Environment, in.Rollout); d != nil && d.Rollout == "" {
		d.Rollout = in.Rollout
	}
}

func (m *machine) rolloutHeld(in RolloutHeld) {
	d := m.current(in.Environment, in.Rollout)
	if d == nil {
		return
	}
	d.Phase, d.Reason = RollingOut, in.Reason
	if in.Reason != "" {
		d.Phase = DeploymentHeld
	}
}

func (m *machine) rolloutFinished(in RolloutFinished) {
	d := m.current(in.Environment, in.Rollout)
	if d == nil {
		return
	}
	if d.Rollout == "" {
		d.Rollout = in.Rollout
	}
	d.Outcome, d.Reason, d.Finished = in.Outcome, in.Reason, m.at
	if in.Outcome == RolloutDone {
		d.Phase = DeploymentDone
		m.tell("deployment.done", fmt.Sprintf("%s is live in %s after %s.", m.Release, d.Environment, span(m.at.Sub(d.Started))),
			"environment", d.Environment, "rollout", d.Rollout)
		m.afterDeployment()
		return
	}
	d.Phase = DeploymentFailed
	kind := "deployment.failed"
	if in.Outcome == RolloutSuperseded || in.Outcome == RolloutCancelled {
		kind = "deployment." + string(in.Outcome) // no failure of the release
	}
	m.tell(kind, fmt.Sprintf("%s did not reach %s: %s", m.Release, d.Environment, lowerFirst(m.deploymentReason(d))),
		"environment", d.Environment, "rollout", d.Rollout, "outcome", string(in.Outcome))
	m.stopped(d, in)
}

// afterDeployment goes on after an environment is done; a cancelled run goes
// nowhere, unless there was nowhere left to go.
func (m *machine) afterDeployment() {
	left := slices.ContainsFunc(m.Deployments, func(d Deployment) bool { return d.Phase == DeploymentWaiting })
	if m.Cancelled != nil && left {
		m.end(Cancelled, m.cancelledBy(), "")
		return
	}
	m.nextEnvironment()
}

// stopped ends the run for a rollout that did not bring the release to d.
func (m *machine) stopped(d *Deployment, in RolloutFinished) {
	reason := m.deploymentReason(d)
	switch {
	case m.Cancelled != nil:
		m.end(Cancelled, m.cancelledBy(), "")
	case in.Outcome == RolloutSuperseded:
		m.SupersededBy = in.By
		why := fmt.Sprintf("Superseded in %s by a newer release.", d.Environment)
		if in.By != "" {
			why = fmt.Sprintf("Superseded in %s by %s.", d.Environment, in.By)
		}
		m.end(Superseded, why, "")
	case in.Outcome == RolloutCancelled:
		m.end(Cancelled, fmt.Sprintf("Its rollout in %s was cancelled: %s", d.Environment, lowerFirst(reason)), "")
	case in.Outcome == RolloutRefused:
		gate := in.By
		if gate == "" {
			gate = "gate"
		}
		m.end(Failed, fmt.Sprintf("Not let into %s: %s", d.Environment, lowerFirst(reason)), d.Environment+": "+gate)
	case in.Outcome == RolloutStranded:
		m.end(Failed, fmt.Sprintf("Its rollout in %s is stranded and needs a person: %s", d.Environment, lowerFirst(reason)), d.Environment+": rollout")
	case in.Outcome == RolloutRolledBack:
		gate := in.By
		if gate == "" {
			gate = "rollout"
		}
		m.end(Failed, fmt.Sprintf("Rolled back in %s: %s", d.Environment, lowerFirst(reason)), d.Environment+": "+gate)
	default:
		m.end(Failed, fmt.Sprintf("Its rollout in %s ended as %q: %s", d.Environment, in.Outcome, lowerFirst(reason)), d.Environment+": rollout")
	}
}

func (m *machine) deploymentReason(d *Deployment) string {
	switch {
	case d.Reason == "" && d.Outcome == RolloutSuperseded:
		return "A newer release took its place."
	case d.Reason == "":
		return "No reason was given."
	}
	return trimStop(d.Reason) + "."
}
