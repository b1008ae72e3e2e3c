package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/open-feature/flagd/core/pkg/evaluator"
	"github.com/open-feature/flagd/core/pkg/logger"
	"github.com/open-feature/flagd/core/pkg/service/ofrep"
	"github.com/open-feature/flagd/core/pkg/store"
	"github.com/open-feature/flagd/core/pkg/sync"
)

// serveFlagd serves OFREP with flagd's evaluator, until the standard input ends.
func serveFlagd() error {
	e := evaluator.NewJSON(logger.NewLogger(nil, false), store.NewFlags())
	if err := e.SetState(sync.DataSync{FlagData: threeFlags, Source: "bench"}); err != nil {
		return err
	}
	write := func(w http.ResponseWriter, status int, v any) {
		b, err := json.Marshal(v)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Add("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(b)
	}
	about := func(r *http.Request) (map[string]any, error) {
		var q ofrep.Request
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		c, _ := q.Context.(map[string]any)
		merged := make(map[string]any, len(c))
		for name, v := range c {
			merged[name] = v
		}
		return merged, nil
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ofrep/v1/evaluate/flags/{key}", func(w http.ResponseWriter, r *http.Request) {
		key := r.PathValue("key")
		c, err := about(r)
		if err != nil {
			write(w, http.StatusBadRequest, ofrep.ContextErrorResponseFrom(key))
			return
		}
		v := e.ResolveAsAnyValue(r.Context(), "id", key, c)
		if v.Error != nil {
			status, failure := ofrep.EvaluationErrorResponseFrom(v)
			write(w, status, failure)
			return
		}
		write(w, http.StatusOK, ofrep.SuccessResponseFrom(v))
	})
	mux.HandleFunc("POST /ofrep/v1/evaluate/flags", func(w http.ResponseWriter, r *http.Request) {
		c, err := about(r)
		if err != nil {
			write(w, http.StatusBadRequest, ofrep.BulkEvaluationContextError())
			return
		}
		all, metadata, err := e.ResolveAllValues(r.Context(), "id", c)
		if err != nil {
			write(w, http.StatusInternalServerError, ofrep.InternalError{ErrorDetails: err.Error()})
			return
		}
		write(w, http.StatusOK, ofrep.BulkEvaluationResponseFrom(all, metadata))
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(l, mux) }()
	tell(started{URL: "http://" + l.Addr().String()})
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}
