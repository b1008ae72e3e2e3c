package flags

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Options say where the flags come from. Set and either Endpoint or File must
// be there.
type Options struct {
	Endpoint string // of the Davit server, such as https://davit.example.com; empty: the file alone
	Token    string // one with the role client is enough
	Set      string // the flag set, "project/environment"

	// File keeps the last good set, so that a program that starts while the
	// server is away has its flags. Empty: it is kept in memory only. Programs
	// may share one.
	File string

	// Wait is how long Open waits for a set at most; default 2 s. It returns
	// as soon as there is one, and goes without one afterwards.
	Wait time.Duration
	// Stale is how long nothing may be heard of the server before Status says
	// so; default 1 min. Answers do not change for it.
	Stale time.Duration

	// Exposed is told of every evaluation that gave a variant; nil: nobody is.
	// It runs in the goroutine that evaluates and must not block.
	Exposed func(Exposure)

	HTTP *http.Client     // default: one of its own; it must have no timeout
	Now  func() time.Time // default time.Now; the time that rules and Status see
	Log  *slog.Logger     // default: discard
}

// check says what cannot work, and fills in defaults.
func (o *Options) check() error {
	project, environment, ok := strings.Cut(o.Set, "/")
	if !ok || project == "" || environment == "" || strings.Contains(environment, "/") {
		return fmt.Errorf("flags: %q is no flag set: write as in shop/production", o.Set)
	}
	if o.Endpoint == "" && o.File == "" {
		return errors.New("flags: there is neither an endpoint nor a file to have flags from")
	}
	if o.Endpoint != "" {
		u, err := url.Parse(o.Endpoint)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fmt.Errorf("flags: %q is no endpoint: write as in https://davit.example.com", o.Endpoint)
		}
	}
	if o.Wait == 0 {
		o.Wait = 2 * time.Second
	}
	if o.Stale == 0 {
		o.Stale = time.Minute
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}
