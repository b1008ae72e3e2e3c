package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/davit-cd/davit"
)

// Update is one reference that a push changes: a line of a hook's input.
type Update struct {
	Ref string // "refs/heads/main"
	Old string // empty: the reference is new
	New string // empty: the reference is deleted
}

// Branch returns the branch that u changes; false for tags and other references.
func (u Update) Branch() (string, bool) {
	branch, ok := strings.CutPrefix(u.Ref, "refs/heads/")
	return branch, ok && CheckBranch(branch) == nil
}

// maxUpdates bounds how many references one push may change.
const maxUpdates = 1000

// ReadUpdates reads what git hands to a hook: lines of old hash, new hash and
// reference. A branch whose name CheckBranch refuses is an error, unless it is
// deleted.
func ReadUpdates(from io.Reader) ([]Update, error) {
	var updates []Update
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		f := strings.SplitN(lines.Text(), " ", 3)
		if len(f) != 3 || checkCommit(f[0]) != nil || checkCommit(f[1]) != nil || !strings.HasPrefix(f[2], "refs/") {
			return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("hook input %.200q is not: old hash, new hash, reference", lines.Text())}
		}
		u := Update{Ref: f[2], Old: f[0], New: f[1]}
		if zero(u.Old) {
			u.Old = ""
		}
		if zero(u.New) {
			u.New = ""
		}
		// A branch by a name that is not taken as one would be kept and never run.
		if branch, ok := strings.CutPrefix(u.Ref, "refs/heads/"); ok && u.New != "" {
			if err := CheckBranch(branch); err != nil {
				return nil, err
			}
		}
		if updates = append(updates, u); len(updates) > maxUpdates {
			return nil, &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("one push changes more than %d references", maxUpdates)}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read hook input: %w", err)
	}
	return updates, nil
}

// preReceive refuses what must not be, in plain words; git's own settings refuse
// the same a second time, should the hook not run. What a push brings lies in
// quarantine while the hook runs, so only git here can see it.
const preReceive = `#!/bin/sh
# Written by davit; changes are lost.
current=$(git symbolic-ref -q HEAD)
lines=
refused=
while read -r old new ref; do
	lines="$lines$old $new $ref
"
	name=${ref#refs/heads/}
	case $new in
	*[!0]*) ;;
	*)
		if [ "$ref" = "$current" ]; then
			echo "davit: $name is the branch that is deployed; it cannot be deleted." >&2
			refused=1
		fi
		continue ;;
	esac
	case $old in *[!0]*) ;; *) continue ;; esac
	case $ref in refs/heads/*) ;; *) continue ;; esac
	if ! git merge-base --is-ancestor "$old" "$new" 2>/dev/null; then
		short=$(printf %.8s "$old")
		echo "davit: refused: this push rewrites the history of $name: commit $short, which the server has, would be lost." >&2
		echo "davit: what was deployed must stay traceable. Pull first (git pull --rebase), or undo a commit with git revert." >&2
		refused=1
	fi
done
[ -z "$refused" ] || exit 1
if [ -n "$DAVIT_EXECUTABLE" ] && [ -n "$DAVIT_HOOK_FIRST" ]; then
	printf %s "$lines" | "$DAVIT_EXECUTABLE" hook pre-receive
fi
`

// postReceive tells the server; what the server answers is printed on the push.
// The push is over by then, so a failure is told but changes nothing: the server
// also looks at what arrived by itself.
const postReceive = `#!/bin/sh
# Written by davit; changes are lost.
[ -n "$DAVIT_EXECUTABLE" ] || exit 0
exec "$DAVIT_EXECUTABLE" hook post-receive
`

// writeHooks writes the hooks that all repositories share, if they differ from
// what is there.
func (r *Repositories) writeHooks() error {
	if err := os.MkdirAll(r.hooks, 0o700); err != nil {
		return err
	}
	for name, text := range map[string]string{"pre-receive": preReceive, "post-receive": postReceive} {
		path := filepath.Join(r.hooks, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, []byte(text)) {
			continue
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		fresh := path + ".new"
		if err := os.WriteFile(fresh, []byte(text), 0o700); err != nil {
			return err
		}
		if err := os.Rename(fresh, path); err != nil {
			return err
		}
	}
	return nil
}
