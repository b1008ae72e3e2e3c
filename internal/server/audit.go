package server

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
	"github.com/davit-cd/davit/internal/audit"
)

func (s *Server) serveAudit() {
	register(s, "verify-audit", s.verifyAudit)
	register(s, "export-audit", s.exportAudit)
}

func (s *Server) verifyAudit(ctx context.Context, _ *none) (*answer[api.AuditReport], error) {
	vouched := []audit.Checkpoint{}
	if s.options.Head != nil {
		head, err := s.options.Head(ctx)
		if err != nil {
			return nil, err
		}
		vouched = append(vouched, head)
	}
	v := audit.NewVerifier(vouched...)
	if err := s.journal(ctx, func(e davit.Event) error { v.Event(e); return nil }); err != nil {
		return nil, err
	}
	return &answer[api.AuditReport]{api.AuditReportOf(v.Finish())}, nil
}

// journal calls f with every event, oldest first.
func (s *Server) journal(ctx context.Context, f func(davit.Event) error) error {
	const page = 1000
	q := davit.EventQuery{Limit: page}
	for {
		events, err := s.options.Records.Events(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := f(e); err != nil {
				return err
			}
			q.After = e.Seq
		}
		if len(events) < page {
			return nil
		}
	}
}

// errGone says that the reader of an answer has gone away.
var errGone = errors.New("the reader has gone away")

func (s *Server) exportAudit(ctx context.Context, _ *none) (*huma.StreamResponse, error) {
	if _, err := s.options.Records.Events(ctx, davit.EventQuery{Limit: 1}); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		h.SetHeader("Content-Type", "application/x-ndjson")
		h.SetHeader("Content-Disposition", `attachment; filename="davit-journal.ndjson"`)
		h.SetStatus(http.StatusOK)
		err := s.journal(h.Context(), func(e davit.Event) error {
			if _, err := h.BodyWriter().Write(append(audit.Line(e), '\n')); err != nil {
				return errGone
			}
			return nil
		})
		if err != nil {
			if !errors.Is(err, errGone) {
				s.note(ctx, "export journal", err)
			}
			panic(http.ErrAbortHandler) // an export cut short must not look whole
		}
	}}, nil
}
