package server

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/davit-cd/davit"
	"github.com/davit-cd/davit/internal/api"
)

// maxBody is the most bytes of a request to the API.
const maxBody = 1 << 20

// newContract prepares the OpenAPI document and the registration of operations.
func newContract(mux *http.ServeMux, v api.Version) huma.API {
	c := huma.DefaultConfig("Davit", v.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema links in answers
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{problems}
	c.Info.Description = "Everything that `davit` does on the command line, over HTTP and JSON. " +
		"Errors are problems by RFC 9457. Lists are paged by cursor. Writes honour `Idempotency-Key`."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	c.Security = []map[string][]string{{"token": {}}}
	c.Servers = []*huma.Server{{URL: api.Base}}
	return humago.NewWithPrefix(mux, api.Base, c)
}

// problems turns the framework's own errors (a bad parameter, a bad body) into
// problems. Values are dropped: they may be secrets.
func problems(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	kind := api.KindOf(m.Status)
	if m.Status == http.StatusUnsupportedMediaType || m.Status == http.StatusBadRequest {
		kind = davit.Invalid
	}
	p := api.NewProblem(kind, m.Detail, "")
	p.Status = m.Status
	if kind == davit.Internal {
		p.Detail = "the server could not do this"
		return p, nil
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, api.FieldError{At: e.Location, Text: e.Message})
	}
	return p, nil
}

// answer is the output of an operation that answers with JSON.
type answer[T any] struct{ Body T }

// none is the input of an operation without parameters.
type none struct{}

// given is a body that may be left out.
func given[T any](body *T) T {
	if body == nil {
		return *new(T)
	}
	return *body
}

// register adds the handler of a route of the table. A route that is not in
// the table, or has a handler already, is a mistake of the program.
func register[I, O any](s *Server, id string, handle func(context.Context, *I) (*O, error)) {
	route, ok := api.RouteOf(id)
	if !ok || s.routes[id] {
		panic("no such route, or registered twice: " + id)
	}
	s.routes[id] = true
	op := huma.Operation{
		OperationID: route.ID, Method: route.Method, Path: route.Path, Tags: []string{route.Tag}, Summary: route.Summary,
		Description: "Needs the role " + string(route.Role()) + ".", DefaultStatus: route.Status, MaxBodyBytes: maxBody,
		Middlewares: huma.Middlewares{s.allowed(route)},
		Responses:   map[string]*huma.Response{"default": s.problemResponse()},
	}
	if route.Write() {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
			Description: "The same key with the same request gives the same answer, for 24 hours, without doing it twice.",
		})
		op.Middlewares = append(op.Middlewares, s.once)
	}
	if route.Stream != "" {
		op.Responses["200"] = &huma.Response{Description: "A stream", Content: map[string]*huma.MediaType{route.Stream: {Schema: &huma.Schema{Type: huma.TypeString}}}}
	}
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, route.ID, err)
		}
		return out, nil
	})
}

func (s *Server) problemResponse() *huma.Response {
	schema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Problem](), true, "Problem")
	return &huma.Response{Description: "A problem", Content: map[string]*huma.MediaType{api.ProblemType: {Schema: schema}}}
}

// finishContract takes the framework's own error types out of the document.
func finishContract(doc *huma.OpenAPI) {
	delete(doc.Components.Schemas.Map(), "ErrorModel")
	delete(doc.Components.Schemas.Map(), "ErrorDetail")
}

// OpenAPI returns the OpenAPI 3.1 document, indented.
func (s *Server) OpenAPI() ([]byte, error) {
	raw, err := json.Marshal(s.huma.OpenAPI())
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

func (s *Server) openapi(w http.ResponseWriter, r *http.Request) {
	if !s.admits(w, r, davit.Viewer) {
		return
	}
	doc, err := s.OpenAPI()
	if err != nil {
		s.refuse(w, s.problem(r.Context(), "openapi", err))
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(doc)
}
