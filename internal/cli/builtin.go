package cli

// builtin returns the programs of this build.
func builtin() Programs { return Programs{} }
