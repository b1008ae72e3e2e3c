package flags

// Context is what is known of the one for whom a flag is evaluated: texts,
// numbers, booleans, times, and maps and slices of them. The attribute
// targetingKey says who it is; splits need it.
type Context map[string]any

// TargetingKey is the name of the attribute that says who is asking.
const TargetingKey = "targetingKey"
