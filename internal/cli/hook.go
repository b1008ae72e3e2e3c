package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/spec"
)

const (
	maxConfig  = 1 << 20 // bytes of a davit.yaml
	maxUpdates = 1000
)

func (a *line) hookCommand() *cobra.Command {
	cmd := command("", "hook pre-receive|post-receive", "Tells the server of a push; the git endpoint's hooks call it.", "", "  davit hook post-receive")
	cmd.Hidden, cmd.Args, cmd.ValidArgs = true, cobra.ExactArgs(1), []string{"pre-receive", "post-receive"}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if args[0] != "pre-receive" && args[0] != "post-receive" {
			return misused("there is no hook %q", args[0])
		}
		call, err := a.hookCall(cmd.Context(), args[0] == "pre-receive")
		if err != nil {
			return err
		}
		return a.callHook(cmd.Context(), args[0], call)
	}
	return cmd
}

// hookCall reads what git says of a push. Before it is taken, what it brings
// can be seen only from inside the hook, so davit.yaml goes along.
func (a *line) hookCall(ctx context.Context, withFile bool) (api.HookCall, error) {
	call := api.HookCall{Updates: []api.Update{}}
	lines := bufio.NewScanner(a.Stdin)
	for lines.Scan() {
		f := strings.SplitN(lines.Text(), " ", 3)
		if len(f) != 3 || len(call.Updates) == maxUpdates {
			return call, misused("this is not what git tells a hook")
		}
		u := api.Update{Old: notZero(f[0]), New: notZero(f[1]), Ref: f[2]}
		if withFile && u.New != "" && strings.HasPrefix(u.Ref, "refs/heads/") {
			file, err := a.configAt(ctx, u.New)
			if err != nil {
				return call, err
			}
			u.File = file
			if u.Flags, err = a.flagsAt(ctx, u.New, file); err != nil {
				return call, err
			}
		}
		call.Updates = append(call.Updates, u)
	}
	return call, lines.Err()
}

func notZero(hash string) string {
	if strings.Trim(hash, "0") == "" {
		return ""
	}
	return hash
}

// flagsAt reads the files with feature flags that a davit.yaml leads to. What is
// wrong with davit.yaml the server says.
func (a *line) flagsAt(ctx context.Context, commit string, config []byte) (map[string][]byte, error) {
	file, err := spec.Parse(configFile, config, a.known())
	if err != nil {
		return nil, nil //nolint:nilerr // the server says what is wrong
	}
	out := map[string][]byte{}
	for _, s := range file.Services {
		paths, _ := s.FlagFiles()
		for _, path := range paths {
			data, err := a.fileAt(ctx, commit, path)
			if err != nil {
				return nil, err
			}
			if data != nil {
				out[path] = data
			}
		}
	}
	return out, nil
}

// configAt reads davit.yaml of a commit; none is an empty one.
func (a *line) configAt(ctx context.Context, commit string) ([]byte, error) {
	return a.fileAt(ctx, commit, configFile)
}

// fileAt reads a file of a commit; nil if it is not there.
func (a *line) fileAt(ctx context.Context, commit, path string) ([]byte, error) {
	size, err := a.git(ctx, "cat-file", "-s", commit+":"+path)
	if err != nil {
		return nil, nil //nolint:nilerr // the server says what is missing
	}
	var n int64
	if _, err := fmt.Sscan(size, &n); err != nil || n > maxConfig {
		return nil, &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("%s has %s bytes: at most %d are read", path, size, maxConfig)}
	}
	return a.gitRaw(ctx, "cat-file", "blob", commit+":"+path)
}

// callHook calls the server and passes on what it says, line by line.
func (a *line) callHook(ctx context.Context, name string, call api.HookCall) error {
	body, err := json.Marshal(call)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Getenv("DAVIT_HOOK_URL")+"/"+name, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+a.Getenv("DAVIT_HOOK_TOKEN"))
	r.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return &davit.Error{Kind: davit.Unavailable, Text: "the server does not answer its own hook", Err: errors.Unwrap(err)}
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		var p api.Problem
		if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&p); err != nil || p.Detail == "" {
			return &davit.Error{Kind: davit.Unavailable, Text: "the server answered " + res.Status}
		}
		return &p
	}
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		a.say("davit: %s", plain(lines.Text()))
	}
	return nil // the push is over; the run goes on whether or not the lines came to an end
}
