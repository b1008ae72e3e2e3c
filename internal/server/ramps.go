package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/access"
	"github.com/davit-cd/davit/internal/api"
)

// RampIn names a ramp in the path: a flag in an environment.
type RampIn struct {
	Project     string `path:"project" maxLength:"63"`
	Flag        string `path:"flag" maxLength:"600"`
	Environment string `path:"environment" maxLength:"63"`
}

// ExperimentIn names an experiment in the path.
type ExperimentIn struct {
	Project    string `path:"project" maxLength:"63"`
	Experiment string `path:"experiment" maxLength:"63"`
}

func (s *Server) ramps() (Ramps, error) {
	if s.options.Ramps == nil {
		return nil, absent("ramping flags")
	}
	return s.options.Ramps, nil
}

func (s *Server) experiments() (Experiments, error) {
	if s.options.Experiments == nil {
		return nil, absent("running experiments")
	}
	return s.options.Experiments, nil
}

func (s *Server) serveRamps() {
	register(s, "list-ramps", func(ctx context.Context, in *struct {
		Paging
		Project string `query:"project" maxLength:"63"`
	},
	) (*answer[api.Page[api.Ramp]], error) {
		ramps, err := s.ramps()
		if err != nil {
			return nil, err
		}
		list, err := ramps.ListRamps(ctx, in.Project)
		return &answer[api.Page[api.Ramp]]{pageOf(list, in.Paging, func(r api.Ramp) string { return r.ID })}, err
	})
	register(s, "get-ramp", func(ctx context.Context, in *RampIn) (*answer[api.Ramp], error) {
		ramps, err := s.ramps()
		if err != nil {
			return nil, err
		}
		r, err := ramps.Ramp(ctx, in.Project, in.Environment, in.Flag)
		return &answer[api.Ramp]{r}, err
	})
	register(s, "get-ramp-picture", func(ctx context.Context, in *struct {
		RampIn
		PictureIn
	},
	) (*answer[api.RampPicture], error) {
		ramps, err := s.ramps()
		if err != nil {
			return nil, err
		}
		p, err := ramps.RampPicture(ctx, in.Project, in.Environment, in.Flag, in.After, in.Step)
		return &answer[api.RampPicture]{p}, err
	})
	register(s, "start-ramp", func(ctx context.Context, in *struct {
		RampIn
		Body api.StartRamp
	},
	) (*answer[api.Ramp], error) {
		ramps, err := s.ramps()
		if err != nil {
			return nil, err
		}
		r, err := ramps.StartRamp(ctx, who(ctx).Name, in.Project, in.Environment, in.Flag, in.Body)
		return &answer[api.Ramp]{r}, err
	})
	register(s, "steer-ramp", func(ctx context.Context, in *struct {
		RampIn
		Wish string `path:"wish" enum:"hold,resume,advance,abort,unlock"`
		Body *api.SteerRamp
	},
	) (*answer[api.Ramp], error) {
		ramps, err := s.ramps()
		if err != nil {
			return nil, err
		}
		r, err := ramps.SteerRamp(ctx, who(ctx).Name, in.Project, in.Environment, in.Flag, in.Wish, given(in.Body))
		return &answer[api.Ramp]{r}, err
	})
	s.serveExperiments()
	s.serveEvents()
}

// pageOf cuts a page out of a list that is there as a whole.
func pageOf[T any](list []T, p Paging, id func(T) string) api.Page[T] {
	from := 0
	for i := range list {
		if p.After != "" && id(list[i]) == p.After {
			from = i + 1
		}
	}
	page := api.Page[T]{Items: orEmpty(list[from:])}
	if len(page.Items) > p.limit() {
		page.Items = page.Items[:p.limit()]
		page.Next = id(page.Items[p.limit()-1])
	}
	return page
}

func (s *Server) serveExperiments() {
	register(s, "list-experiments", func(ctx context.Context, in *struct {
		Paging
		Project string `query:"project" maxLength:"63"`
	},
	) (*answer[api.Page[api.Experiment]], error) {
		experiments, err := s.experiments()
		if err != nil {
			return nil, err
		}
		list, err := experiments.ListExperiments(ctx, in.Project)
		return &answer[api.Page[api.Experiment]]{pageOf(list, in.Paging, func(e api.Experiment) string { return e.Project + "/" + e.Name })}, err
	})
	register(s, "get-experiment", func(ctx context.Context, in *ExperimentIn) (*answer[api.Experiment], error) {
		experiments, err := s.experiments()
		if err != nil {
			return nil, err
		}
		e, err := experiments.Experiment(ctx, in.Project, in.Experiment)
		return &answer[api.Experiment]{e}, err
	})
	register(s, "read-minutes", func(ctx context.Context, in *struct {
		ExperimentIn
		Since time.Time `query:"since" doc:"Default: two days ago, which is all that is kept"`
	},
	) (*answer[api.Page[api.Minute]], error) {
		experiments, err := s.experiments()
		if err != nil {
			return nil, err
		}
		list, err := experiments.Minutes(ctx, in.Project, in.Experiment, in.Since.Unix())
		return &answer[api.Page[api.Minute]]{api.Page[api.Minute]{Items: orEmpty(list)}}, err
	})
	register(s, "create-experiment", func(ctx context.Context, in *struct {
		Project string `path:"project" maxLength:"63"`
		Body    api.CreateExperiment
	},
	) (*answer[api.Experiment], error) {
		experiments, err := s.experiments()
		if err != nil {
			return nil, err
		}
		e, err := experiments.CreateExperiment(ctx, who(ctx).Name, in.Project, in.Body)
		return &answer[api.Experiment]{e}, err
	})
	register(s, "move-experiment", func(ctx context.Context, in *struct {
		ExperimentIn
		Wish string `path:"wish" enum:"start,stop,decide"`
		Body *api.MoveExperiment
	},
	) (*answer[api.Experiment], error) {
		experiments, err := s.experiments()
		if err != nil {
			return nil, err
		}
		e, err := experiments.MoveExperiment(ctx, who(ctx).Name, in.Project, in.Experiment, in.Wish, given(in.Body))
		return &answer[api.Experiment]{e}, err
	})
}

// EventsIn is a body of events: a line of JSON each, or one array, or one object.
type EventsIn struct {
	Set     string `query:"flagSetId" maxLength:"127" doc:"project/environment; may be left out where the token is bound to one, or there is only one"`
	RawBody []byte `contentType:"application/x-ndjson"`
}

func (s *Server) serveEvents() {
	for _, id := range []string{"send-events", "track"} {
		register(s, id, func(ctx context.Context, in *EventsIn) (*answer[api.Accepted], error) {
			if s.options.Events == nil {
				return nil, absent("taking in events")
			}
			c := who(ctx)
			set, err := access.Grant{Name: c.Name, Role: c.Role, Flags: c.Flags}.FlagSet(in.Set, s.options.Events.FlagSets)
			if err != nil {
				return nil, err
			}
			events, err := readEvents(in.RawBody)
			if err != nil {
				return nil, err
			}
			project, environment, _ := strings.Cut(set, "/")
			done, err := s.options.Events.Track(ctx, project, environment, events)
			return &answer[api.Accepted]{done}, err
		})
	}
}

// mostEvents is how many events one call may bring.
const mostEvents = 10_000

// readEvents reads NDJSON, an array or one object. Unknown fields are refused:
// a field that is misspelt would be lost in silence.
func readEvents(body []byte) ([]api.Tracked, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	var out []api.Tracked
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		if err := d.Decode(&out); err != nil {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "read the events: " + err.Error(), Hint: "an array of objects with key, metric, value, id and at"}
		}
		if _, err := d.Token(); err != io.EOF {
			return nil, &davit.Error{Kind: davit.Invalid, Text: "read the events: something follows the array"}
		}
		return out, tooMany(len(out))
	}
	for {
		var e api.Tracked
		err := d.Decode(&e)
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, &davit.Error{Kind: davit.Invalid, Text: fmt.Sprintf("read event %d: %v", len(out)+1, err), Hint: "a line of JSON each, with key, metric, value, id and at"}
		}
		if out = append(out, e); len(out) > mostEvents {
			return nil, tooMany(len(out))
		}
	}
}

func tooMany(n int) error {
	if n <= mostEvents {
		return nil
	}
	return &davit.Error{Kind: davit.TooLarge, Text: fmt.Sprintf("more than %d events in one call", mostEvents), Hint: "send them in several"}
}
