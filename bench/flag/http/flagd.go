package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/gorilla/mux"
	"github.com/open-feature/flagd/core/pkg/evaluator"
	"github.com/open-feature/flagd/core/pkg/logger"
	"github.com/open-feature/flagd/core/pkg/service/ofrep"
	"github.com/open-feature/flagd/core/pkg/store"
	"github.com/open-feature/flagd/core/pkg/sync"
	"github.com/rs/xid"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

// routed finds the handler of a request, as flagd does if whole.
func routed(whole bool, one func(http.ResponseWriter, *http.Request, string), all http.HandlerFunc) http.Handler {
	if !whole {
		r := http.NewServeMux()
		r.HandleFunc("POST /ofrep/v1/evaluate/flags/{key}", func(w http.ResponseWriter, q *http.Request) { one(w, q, q.PathValue("key")) })
		r.HandleFunc("POST /ofrep/v1/evaluate/flags", all)
		return r
	}
	r := mux.NewRouter()
	r.Handle("/ofrep/v1/evaluate/flags/{key}", http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { one(w, q, mux.Vars(q)["key"]) })).Methods("POST")
	r.Handle(`/ofrep/v1/evaluate/{path:flags\/|flags}`, all).Methods("POST")
	return otelhttp.NewHandler(r, "flagd.ofrep")
}

// serveFlagd serves OFREP with flagd's evaluator, until the standard input ends:
// behind net/http alone or, if whole, behind what flagd's handler has before it.
func serveFlagd(whole bool) error {
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
		if whole {
			_ = xid.New().String() // each request has an id
		}
		merged := make(map[string]any, len(c))
		for name, v := range c {
			merged[name] = v
		}
		return merged, nil
	}
	one := func(w http.ResponseWriter, r *http.Request, key string) {
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
	}
	all := func(w http.ResponseWriter, r *http.Request) {
		c, err := about(r)
		if err != nil {
			write(w, http.StatusBadRequest, ofrep.BulkEvaluationContextError())
			return
		}
		list, metadata, err := e.ResolveAllValues(r.Context(), "id", c)
		if err != nil {
			write(w, http.StatusInternalServerError, ofrep.InternalError{ErrorDetails: err.Error()})
			return
		}
		write(w, http.StatusOK, ofrep.BulkEvaluationResponseFrom(list, metadata))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(l, routed(whole, one, all)) }()
	tell(started{URL: "http://" + l.Addr().String()})
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}
