package strategy

import (
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/spec"
)

// ab keeps two versions side by side for some time, a user always on the same.
func ab() strategy {
	return strategy{
		Kind: spec.Kind{
			Name: "ab",
			Doc:  "Both versions run side by side for a given time, each user always on the same (see sticky). Then the judge, or a person, decides whether the new one gets all the traffic.",
			Keys: []spec.Key{
				{Name: "share", Doc: "Share of the users on the new version.", Default: "50", Shape: spec.Shape{Type: spec.Percent, Min: 0, Max: 99.99}},
				{
					Name: "match", Doc: "Requests that go to the new version beside that share.", Example: "[{header: Accept-Language, values: [de]}]",
					Shape: spec.Shape{Items: &spec.Shape{
						Keys: append(matchKeys(), spec.Key{Name: "path", Doc: "Requests whose path begins so.", Shape: spec.Shape{Type: spec.URLPath}}),
						One:  []string{"header", "cookie"},
					}},
				},
				holdKey("How long both run.", "1d"),
				{Name: "promote", Doc: "auto: a pass of the judge ends the test. manual: a person does.", Default: "auto", Shape: spec.Shape{Enum: []string{"auto", "manual"}}},
				approvalKey("7d"),
			},
			Check: checkShare,
		},
		compile: func(env spec.Environment, s settings) []davit.Step {
			share, hold := s.weight("share"), s.duration("hold")
			var matches []davit.Match
			list, _ := s["match"].([]any)
			for _, v := range list {
				if m, ok := match(v); ok {
					matches = append(matches, m)
				}
			}
			step := davit.Step{
				Name: "A/B " + share.String(), Capacity: capacity(share, env.Instances), Weight: share, Match: matches,
				Hold: hold, Judge: davit.JudgePass, Approve: s["promote"] == "manual",
			}
			if share == 0 {
				step.Judge = davit.JudgeWatch // those matched are not drawn by lot
			}
			var wait time.Duration
			if step.Approve {
				wait = s.duration("approve_within")
			}
			step.Deadline = deadline(env, hold, wait)
			return []davit.Step{step, full(env, 0)}
		},
	}
}

// checkShare holds that somebody gets the new version.
func checkShare(s map[string]any) []spec.Fault {
	if list, _ := s["match"].([]any); settings(s).weight("share") == 0 && len(list) == 0 {
		return []spec.Fault{{Key: "share", Item: -1, Text: "with a share of 0 and no match nobody gets the new version", Hint: "give a share or a match"}}
	}
	return nil
}
