package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/pipeline"
)

const (
	maxHookCall  = 16 << 20      // a push may change many references
	followWithin = 2 * time.Hour // the longest a push shows progress
	hookRead     = 30 * time.Second
)

// hook reads a hook's call and finds the push it belongs to.
func (s *Server) hook(w http.ResponseWriter, r *http.Request) (actor string, p Push, ok bool) {
	if s.options.Pushes == nil {
		s.nowhere(w, r)
		return "", p, false
	}
	repo, actor, ok := s.options.Pushes.Pushing(presented(r))
	if !ok {
		s.refuse(w, api.NewProblem(davit.Unauthorized, "this is not a push that is under way", ""))
		return "", p, false
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(hookRead))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHookCall))
	var call api.HookCall
	if err == nil {
		err = json.Unmarshal(body, &call)
	}
	if err != nil {
		s.refuse(w, api.NewProblem(davit.Invalid, "this is not what a hook says", ""))
		return "", p, false
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	return actor, Push{Repo: repo, Updates: call.Updates}, true
}

// preReceive lets a push in, or says why not.
func (s *Server) preReceive(w http.ResponseWriter, r *http.Request) {
	actor, p, ok := s.hook(w, r)
	if !ok {
		return
	}
	if err := s.options.Pushes.CheckPush(r.Context(), actor, p); err != nil {
		s.refuse(w, s.problem(r.Context(), "check push", err))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// postReceive makes runs of a push and tells the pusher, line by line, how they
// go until they end. He may stop listening at any time.
func (s *Server) postReceive(w http.ResponseWriter, r *http.Request) {
	actor, p, ok := s.hook(w, r)
	if !ok {
		return
	}
	seq, err := s.last(r.Context())
	if err != nil {
		s.refuse(w, s.problem(r.Context(), "read journal", err))
		return
	}
	runs, messages, err := s.options.Pushes.Pushed(r.Context(), actor, p)
	if err != nil {
		s.refuse(w, s.problem(r.Context(), "make runs of a push", err))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	say := func(text string) error {
		control := http.NewResponseController(w)
		_ = control.SetWriteDeadline(time.Now().Add(writeWithin))
		if _, err := io.WriteString(w, text+"\n"); err != nil {
			return errGone
		}
		_ = control.Flush()
		return nil
	}
	for _, m := range messages {
		if say(m) != nil {
			return
		}
	}
	if len(runs) == 0 || s.quiet.has(p.Repo, actor) {
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), followWithin)
	defer cancel()
	ctx, stop := s.untilQuit(ctx)
	defer stop()
	err = s.tell(ctx, seq, runs, say)
	switch {
	case err == nil, errors.Is(err, errGone), r.Context().Err() != nil:
	case ctx.Err() != nil:
		_ = say("the run goes on; davit runs shows how") // to whoever still listens
	default:
		s.note(ctx, "follow runs", err)
	}
}

// errOver ends following when all runs are over.
var errOver = errors.New("all runs are over")

// tell says what happens to runs, from event seq on, until all are over.
func (s *Server) tell(ctx context.Context, seq int64, runs []string, say func(string) error) error {
	open := map[string]bool{}
	rollouts := map[string]bool{}
	for _, id := range runs {
		open[id] = true
	}
	check := func(id string) error {
		run, _, err := thing[pipeline.State](ctx, s, kindRun, id)
		if err != nil {
			return err
		}
		for _, d := range run.Deployments {
			if d.Rollout != "" {
				rollouts[d.Rollout] = true
			}
		}
		if !run.Phase.Final() {
			return nil
		}
		delete(open, id)
		if err := say(verdict(run)); err != nil {
			return err
		}
		if len(open) == 0 {
			return errOver
		}
		return nil
	}
	err := s.follow(ctx, davit.EventQuery{After: seq}, func(e davit.Event) error {
		if !open[e.Run] && !rollouts[e.Rollout] {
			return nil
		}
		text, _, _ := strings.Cut(e.Text, "\n") // the verdict tells the rest, once
		if err := say(e.At.Local().Format("15:04:05 ") + strings.TrimRight(text, ": ")); err != nil {
			return err
		}
		if open[e.Run] {
			return check(e.Run)
		}
		return nil
	}, func() error { return nil })
	if errors.Is(err, errOver) {
		return nil
	}
	return err
}

// verdict is the last word on a run.
func verdict(run pipeline.State) string {
	text := run.Why
	if text == "" {
		text = string(run.Phase) + "."
	}
	return fmt.Sprintf("%s: %s (davit why %.12s)", run.ID, text, run.Commit)
}
