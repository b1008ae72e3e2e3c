package app

import "github.com/davit-cd/davit"

// report takes up the target's word on an instance.
func (a *App) report(i davit.Instance) {
	if a.engine != nil {
		a.engine.Crashed(i)
	}
}
