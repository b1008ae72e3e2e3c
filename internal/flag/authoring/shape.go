package authoring

import "github.com/davit-cd/davit/internal/spec"

// Shape is what a file of flags may look like: the source of what Parse
// accepts and of the reference page.
func Shape() spec.Shape {
	return spec.Shape{Keys: []spec.Key{
		{Name: "project", Doc: "Project of the flags.", Assumed: "in a repository, the service; else `default`", Example: "shop", Shape: spec.Shape{Type: spec.Name}},
		{Name: "flags", Doc: "The flags by key.", Example: "{new-checkout: {kind: release, owner: pay, purpose: The checkout on one page.}}", Shape: spec.Shape{Values: flagShape(), Names: spec.Label}},
		{Name: "segments", Doc: "Named sets of users that any flag of the project may ask for.", Example: "{beta: {included: [user-1]}}", Shape: spec.Shape{Names: spec.Label, Values: &spec.Shape{Keys: []spec.Key{
			{Name: "purpose", Doc: "What it is for.", Shape: spec.Shape{Type: spec.Text}},
			{Name: "included", Doc: "Targeting keys that are in it, whatever else is said.", Example: "[user-1]", Shape: spec.Shape{Items: &spec.Shape{Type: spec.Value}}},
			{Name: "excluded", Doc: "Targeting keys that are not in it, even if the condition holds.", Shape: spec.Shape{Items: &spec.Shape{Type: spec.Value}}},
			{Name: "if", Doc: "Who is in it; see [conditions](#conditions).", Example: "{country: [DE, FR]}", Shape: spec.Shape{Free: true}},
		}}}},
		{Name: "exclusive", Doc: "Groups of flags of which a user takes part in one at most, by name; each flag has its share of the users.", Example: "{checkout-tests: {flags: {a: 50, b: 50}}}", Shape: spec.Shape{Names: spec.Label, Values: &spec.Shape{Keys: []spec.Key{
			{Name: "purpose", Doc: "What it is for.", Shape: spec.Shape{Type: spec.Text}},
			{Name: "flags", Doc: "Flag to its share of the users, together at most 100 percent. Who is in no share gets the off variants.", Need: true, Shape: spec.Shape{Names: spec.Label, Least: 1, Values: &spec.Shape{Type: spec.Percent, Max: 100}}},
		}}}},
		{Name: "holdouts", Doc: "Shares of the users that get the off variant of several flags, by name, so that what the flags do together can be measured.", Example: "{q3: {share: 5, flags: [a, b]}}", Shape: spec.Shape{Names: spec.Label, Values: &spec.Shape{Keys: []spec.Key{
			{Name: "purpose", Doc: "What it is for.", Shape: spec.Shape{Type: spec.Text}},
			{Name: "share", Doc: "Share of the users that is kept out.", Need: true, Shape: spec.Shape{Type: spec.Percent, Min: 0.01, Max: 100}},
			{Name: "flags", Doc: "The flags.", Need: true, Shape: spec.Shape{Items: &spec.Shape{Type: spec.Label}, Least: 1}},
		}}}},
	}}
}

func flagShape() *spec.Shape {
	kinds := []string{}
	for _, k := range Kinds() {
		kinds = append(kinds, string(k))
	}
	return &spec.Shape{Keys: []spec.Key{
		{Name: "kind", Doc: "What the flag is for, which decides how long it should live: release and experiment 40 days, operational 7 days, kill-switch and permission for good.", Need: true, Shape: spec.Shape{Enum: kinds}},
		{Name: "owner", Doc: "Who answers for it: a person or a team.", Need: true, Example: "team-pay", Shape: spec.Shape{Type: spec.Label}},
		{Name: "purpose", Doc: "What it is for, in one sentence.", Need: true, Shape: spec.Shape{Type: spec.Text}},
		{Name: "expires", Doc: "When it should be gone from the code, or none.", Assumed: "by its kind, counted from when it was made", Example: "2026-09-01", Shape: spec.Shape{Type: spec.Moment, Off: true}},
		{Name: "variants", Doc: "What the flag may give, by name: all switches, all texts, all numbers or all maps.", Default: "{on: true, off: false}", Example: "{small: 10, large: 50}", Shape: spec.Shape{Values: &spec.Shape{Free: true}, Names: spec.Label, Least: 1}},
		{
			Name: "hash", Doc: "Keeps users in the buckets another system has put them in.", Assumed: "Davit's own, which is flagd's", Example: "{name: ld-sha1, salt: 3f2a}",
			Shape: spec.Shape{Short: "name", Keys: []spec.Key{
				{Name: "name", Doc: "The system's way to hash.", Need: true, Shape: spec.Shape{Enum: Hashes()}},
				{Name: "salt", Doc: "Its salt, seed or group.", Assumed: "the flag's key", Shape: spec.Shape{Type: spec.Value}},
			}},
		},
		{Name: "approval", Doc: "needed: every change needs a second person's yes.", Shape: spec.Shape{Enum: []string{"needed"}}},
		{Name: "environments", Doc: "What the flag does, by environment. In one that is not named it is off.", Example: "{production: {on: true, serve: {on: 10, off: 90}}}", Shape: spec.Shape{Values: stateShape(), Names: spec.Name}},
	}}
}

func stateShape() *spec.Shape {
	keys := []spec.Key{
		{Name: "on", Doc: "Whether the flag is on.", Default: "false", Shape: spec.Shape{Type: spec.Switch}},
		{Name: "disabled", Doc: "The flag answers nothing at all, so that each program's own default holds. Prefer `on: false`, which gives the off variant.", Shape: spec.Shape{Type: spec.Switch}},
		{Name: "off", Doc: "Variant that is given while the flag is off, to those a prerequisite fails for, and where a split has no key to go by.", Assumed: "`off`, or the one that is false, or the last", Shape: spec.Shape{Type: spec.Value}},
		{Name: "needs", Doc: "Flags of the project that must give one of the variants named, else the off variant is given. Any depth; no cycles.", Example: "{payments: on}", Shape: spec.Shape{Names: spec.Label, Values: &spec.Shape{Items: &spec.Shape{Type: spec.Value}, Least: 1}}},
		{Name: "targets", Doc: "Variant to the targeting keys that always get it.", Example: "{on: [user-1, user-2]}", Shape: spec.Shape{Names: spec.Label, Values: &spec.Shape{Items: &spec.Shape{Type: spec.Value}}}},
		{Name: "rules", Doc: "Rules in order; the first whose condition holds decides.", Example: "[{if: {segment: beta}, serve: on}]", Shape: spec.Shape{Items: &spec.Shape{Keys: append([]spec.Key{
			{Name: "name", Doc: "Name of the rule. One that splits needs it: it salts the split, so that moving the rule re-assigns nobody.", Shape: spec.Shape{Type: spec.Label}},
			{Name: "if", Doc: "For whom; see [conditions](#conditions).", Need: true, Shape: spec.Shape{Free: true}},
		}, outcomeKeys()...)}}},
	}
	keys = append(keys, outcomeKeys()...)
	return &spec.Shape{Keys: append(keys, []spec.Key{
		{Name: "schedule", Doc: "What changes later, in the order of time.", Example: "[{at: 2026-09-01T08:00:00+02:00, on: true}]", Shape: spec.Shape{Items: &spec.Shape{Keys: append([]spec.Key{
			{Name: "at", Doc: "From when on.", Need: true, Shape: spec.Shape{Type: spec.Moment}},
			{Name: "on", Doc: "Whether the flag is on from then on.", Shape: spec.Shape{Type: spec.Switch}},
			{Name: "note", Doc: "Why.", Shape: spec.Shape{Type: spec.Text}},
		}, outcomeKeys()...)}}},
		{Name: "bucket", Doc: "How users fall into buckets. own: for this flag alone. flagd: as flagd's shorthand, by the flag's key and the user's. router: as the router splits traffic, so that those on the new version are those with the flag.", Default: Own, Shape: spec.Shape{Enum: []string{Own, Flagd, Router}}},
		{Name: "by", Doc: "Attribute that is put into buckets.", Default: "targetingKey", Shape: spec.Shape{Type: spec.Label}},
		{Name: "approval", Doc: "needed: a change in this environment needs a second person's yes.", Shape: spec.Shape{Enum: []string{"needed"}}},
	}...)}
}

func outcomeKeys() []spec.Key {
	return []spec.Key{
		{Name: "serve", Doc: "A variant, or a map from variants to percentages that add up to 100.", Example: "{on: 25, off: 75}", Shape: spec.Shape{Type: spec.Value, Names: spec.Label, Values: &spec.Shape{Type: spec.Percent, Max: 100}, Least: 1}},
		{
			Name: "ramp", Doc: "Instead of serve: a share that moves evenly with time.", Example: "{to: 100, begin: 2026-09-01, end: 2026-09-03}",
			Shape: spec.Shape{Keys: []spec.Key{
				{Name: "variant", Doc: "Variant whose share moves.", Assumed: "`on`, or the one that is true, or the first", Shape: spec.Shape{Type: spec.Value}},
				{Name: "others", Doc: "Variant for everybody else.", Assumed: "the off variant", Shape: spec.Shape{Type: spec.Value}},
				{Name: "from", Doc: "Share before begin.", Default: "0", Shape: spec.Shape{Type: spec.Percent, Max: 100}},
				{Name: "to", Doc: "Share after end.", Default: "100", Shape: spec.Shape{Type: spec.Percent, Max: 100}},
				{Name: "begin", Doc: "When it begins to move.", Need: true, Shape: spec.Shape{Type: spec.Moment}},
				{Name: "end", Doc: "When it has moved.", Need: true, Shape: spec.Shape{Type: spec.Moment}},
			}},
		},
	}
}

// Hashes returns the names of the ways to hash.
func Hashes() []string {
	return []string{"murmur3-v2", "murmur3-v3", "unleash", "unleash-variant", "growthbook-v1", "growthbook-v2", "goff-fnv", "flipt-crc32", "flipt-threshold", "ld-sha1"}
}
