package runner

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/mask"
	"github.com/davit-cd/davit/internal/pipeline"
)

// Runner runs stages. Its methods may be called from several goroutines.
type Runner struct {
	data    string
	options Options
	places  chan struct{}
	caches  sync.RWMutex // held for writing while old caches are dropped
	tidying sync.WaitGroup

	mu       sync.Mutex
	underWay map[string]chan struct{} // by the attempt's folder; closed when it ends
}

// New prepares the folders below data.
func New(data string, options Options) (*Runner, error) {
	data, err := filepath.Abs(data)
	if err != nil {
		return nil, fmt.Errorf("open runner: %w", err)
	}
	options = options.withDefaults()
	r := &Runner{data: data, options: options, places: make(chan struct{}, options.Places), underWay: map[string]chan struct{}{}}
	for _, dir := range []string{r.runs(), filepath.Join(data, "cache")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("open runner: %w", explain(err))
		}
	}
	return r, nil
}

// Close waits until folders that are no longer needed are gone.
func (r *Runner) Close() error {
	r.tidying.Wait()
	return nil
}

var errTimedOut = errors.New("timed out")

// Run runs an attempt to its end. What a stage can do wrong, from a failing step
// to a missing report, is in the Outcome; an error besides says that the fault
// was not the stage's: a full disk, a checkout that could not be read. When ctx
// ends, the attempt's processes are killed and its outcome is lost.
//
// What an earlier, interrupted turn of the same stage has left is killed and
// removed first.
func (r *Runner) Run(ctx context.Context, job Job) (Outcome, error) {
	if err := job.check(); err != nil {
		return Outcome{Outcome: pipeline.OutcomeFailed, Reason: err.Error()}, err
	}
	select {
	case r.places <- struct{}{}:
		defer func() { <-r.places }()
	case <-ctx.Done():
		return Outcome{Outcome: pipeline.OutcomeLost, Reason: "It was stopped before it started."}, context.Cause(ctx)
	}
	end, err := r.begin(ctx, r.attemptDir(job))
	if err != nil {
		return Outcome{Outcome: pipeline.OutcomeLost, Reason: "It was stopped before it started."}, err
	}
	defer end()
	if err := r.reap(ctx, filepath.Join(r.runs(), job.Run), func(name string) bool { return name == filepath.Base(r.attemptDir(job)) }); err != nil {
		return Outcome{Outcome: pipeline.OutcomeFailed, Reason: "What an earlier turn left could not be removed."}, err
	}
	if err := r.Reap(ctx, job.Run, job.Stage.Name); err != nil {
		return Outcome{Outcome: pipeline.OutcomeFailed, Reason: "What an earlier attempt left could not be removed."}, err
	}
	started := time.Now()
	a := &attempt{runner: r, job: job, dir: r.attemptDir(job), id: job.Run + "/" + job.Stage.Name + "/" + strconv.Itoa(job.Attempt) + "/" + rand.Text()}
	if job.Started != nil {
		job.Started(started)
	}
	var cancel context.CancelFunc = func() {}
	timed := ctx
	if job.Stage.Timeout > 0 {
		timed, cancel = context.WithTimeoutCause(ctx, job.Stage.Timeout, errTimedOut)
	}
	defer cancel()
	out, err := a.run(timed)
	out.Started, out.Finished = started, time.Now()
	switch {
	case ctx.Err() != nil:
		out.Outcome, out.Reason, err = pipeline.OutcomeLost, "It was stopped.", context.Cause(ctx)
	case errors.Is(context.Cause(timed), errTimedOut) && out.Outcome != pipeline.OutcomePassed:
		out.Outcome, out.Reason, err = pipeline.OutcomeTimedOut, a.timeoutReason(), nil
	case err != nil:
		out.Outcome, out.Reason = pipeline.OutcomeFailed, reason(err)
	}
	return out, err
}

// begin waits until an attempt that is under way in this process, should it be
// asked for twice, has ended.
func (r *Runner) begin(ctx context.Context, dir string) (end func(), err error) {
	for {
		r.mu.Lock()
		other := r.underWay[dir]
		if other == nil {
			done := make(chan struct{})
			r.underWay[dir] = done
			r.mu.Unlock()
			return func() {
				r.mu.Lock()
				delete(r.underWay, dir)
				r.mu.Unlock()
				close(done)
			}, nil
		}
		r.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (r *Runner) isUnderWay(dir string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.underWay[dir] != nil
}

// attempt is a job under way.
type attempt struct {
	runner  *Runner
	job     Job
	dir     string // work/runs/<run>/<stage>.<attempt>
	id      string // marks the attempt's processes
	log     *log
	step    string // under way
	results *results

	sessions []int // of the steps so far
}

func (a *attempt) run(ctx context.Context) (out Outcome, err error) {
	a.results = newResults()
	if a.log, err = openLog(a.dir+".log", a.runner.options.LogBytes); err != nil {
		return out, fmt.Errorf("open the log: %w", err)
	}
	defer func() {
		killed := a.kill()
		a.log.say("", a.ending(ctx, out, err))
		closed := a.log.close()
		if err = errors.Join(err, killed); err == nil {
			err = closed // else the log's fault, if any, is in err already
		}
		a.runner.discard(a.dir)
		_ = os.Remove(a.dir + ".alive")
	}()
	values := make([]string, 0, len(a.job.Secrets))
	for _, v := range a.job.Secrets {
		values = append(values, v)
	}
	a.log.mask = mask.New(values...)
	env, err := a.prepare(ctx)
	if err != nil {
		return out, err
	}
	if missing := a.missingSecret(); missing != "" {
		return Outcome{Outcome: pipeline.OutcomeFailed, Reason: fmt.Sprintf("The secret %s is not set.", missing)}, nil
	}
	caches, err := a.restoreCaches(ctx)
	if err != nil {
		return out, err
	}
	failed, err := a.steps(ctx, env)
	if err != nil || ctx.Err() != nil {
		out.Facts.Tests = a.results.tests()
		return out, err
	}
	_ = os.RemoveAll(filepath.Join(a.dir, "secrets"))
	return a.conclude(ctx, failed, caches)
}

// conclude makes the outcome of an attempt whose steps are over; failed says why
// they failed.
func (a *attempt) conclude(ctx context.Context, failed string, caches []keyed) (out Outcome, err error) {
	if err := a.kill(); err != nil { // what still runs could change the outputs
		return out, err
	}
	missing := a.readReports()
	out.Facts.Tests = a.results.tests()
	t := out.Facts.Tests
	out.Outcome = pipeline.OutcomeFailed
	switch {
	case t.Failed > 0 && failed != "":
		out.Reason = testsReason(t)
		return out, nil
	case failed != "":
		out.Reason = failed
		return out, nil
	case t.Failed > 0:
		out.Reason = testsReason(t)
		return out, nil
	case missing != "":
		out.Reason = missing
		return out, nil
	}
	packed, missing, err := a.collect(ctx)
	if err != nil || missing != "" {
		out.Reason = missing
		return out, err
	}
	out.Facts.Outputs, out.Facts.OutputFiles, out.Facts.OutputBytes = packed.digest, packed.files, packed.bytes
	a.keepCaches(caches)
	out.Outcome = pipeline.OutcomePassed
	return out, nil
}

func (a *attempt) ending(ctx context.Context, out Outcome, err error) string {
	switch {
	case err != nil && ctx.Err() == nil:
		return "failed: " + reason(err)
	case errors.Is(context.Cause(ctx), errTimedOut):
		return "timed out: " + a.timeoutReason()
	case ctx.Err() != nil:
		return "stopped"
	case out.Outcome == pipeline.OutcomePassed:
		return "passed"
	}
	return "failed: " + out.Reason
}

func (a *attempt) timeoutReason() string {
	at := ""
	if a.step != "" {
		at = fmt.Sprintf(", in step %s", a.step)
	}
	return fmt.Sprintf("It took longer than %s%s.", a.job.Stage.Timeout, at)
}

func (r *Runner) runs() string { return filepath.Join(r.data, "work", "runs") }

func (r *Runner) attemptDir(job Job) string {
	return filepath.Join(r.runs(), job.Run, job.Stage.Name+"."+strconv.Itoa(job.Attempt))
}

// reason is one sentence that says why err kept a stage from running.
func reason(err error) string {
	explained, ok := errors.AsType[*davit.Error](explain(err))
	if ok && explained.Err != nil {
		return sentence(explained.Text) // the cause, with its paths, is for who runs the server
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return sentence(first)
}

// explain adds plain words to what systems say in their own.
func explain(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &davit.Error{Kind: davit.Unavailable, Text: "the disk that holds the data folder is full", Hint: "free some space; work/ and cache/ may be emptied while nothing runs", Err: err}
	case errors.Is(err, os.ErrPermission), errors.Is(err, syscall.EROFS):
		return &davit.Error{Kind: davit.Unavailable, Text: "the data folder cannot be written", Hint: "give it to the user that the server runs as", Err: err}
	}
	return err
}
