// Package source keeps the bare git repositories that people push to, serves
// them over smart HTTP, and reads commits for the other rooms. It runs the git
// command with an environment of its own: nothing of the user's or the
// machine's git configuration is heard, no prompt ever appears, and no helper
// program of a repository is run. Repository, branch and file names come from
// outside and are checked here, at the door.
//
// The way of a push:
//
//	git push ──HTTP──► Handler ──► git receive-pack ──► pre-receive (refuses rewritten history)
//	                      ▲                         └─► post-receive ──► "$DAVIT_EXECUTABLE" hook post-receive
//	                      │                                                 │ HTTP, one-time token
//	                      └── what the hooks print, as it is printed ◄── the server: Repositories.Pushing(token)
package source
