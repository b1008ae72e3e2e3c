package conformance

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	flagdprovider "github.com/open-feature/go-sdk-contrib/providers/flagd/pkg"
	ofrepprovider "github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

// provided makes an SDK client of a provider that is ready.
func provided(t *testing.T, p openfeature.FeatureProvider) *openfeature.Client {
	t.Helper()
	domain := t.Name()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := openfeature.SetNamedProviderWithContextAndWait(ctx, domain, p); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = openfeature.SetNamedProvider(domain, openfeature.NoopProvider{}) })
	return openfeature.NewClient(domain)
}

// what is told of one evaluation, whatever its type.
type told struct {
	value   any
	variant string
	reason  openfeature.Reason
	code    openfeature.ErrorCode
}

func ask(t *testing.T, c *openfeature.Client, key string, byDefault any, about openfeature.EvaluationContext) told {
	t.Helper()
	ctx := t.Context()
	switch d := byDefault.(type) {
	case bool:
		r, _ := c.BooleanValueDetails(ctx, key, d, about)
		return told{r.Value, r.Variant, r.Reason, r.ErrorCode}
	case string:
		r, _ := c.StringValueDetails(ctx, key, d, about)
		return told{r.Value, r.Variant, r.Reason, r.ErrorCode}
	case float64:
		r, _ := c.FloatValueDetails(ctx, key, d, about)
		return told{r.Value, r.Variant, r.Reason, r.ErrorCode}
	case int64:
		r, _ := c.IntValueDetails(ctx, key, d, about)
		return told{r.Value, r.Variant, r.Reason, r.ErrorCode}
	}
	r, _ := c.ObjectValueDetails(ctx, key, byDefault, about)
	return told{r.Value, r.Variant, r.Reason, r.ErrorCode}
}

// exerciseGo asks for every kind of answer. differs says where a provider is
// known to tell something else; it holds what it tells.
func exerciseGo(t *testing.T, c *openfeature.Client, differs map[string]told) {
	t.Helper()
	dan := openfeature.NewEvaluationContext("dan", nil)
	ann := openfeature.NewEvaluationContext("ann", map[string]any{"email": "ann@shop.example"})
	bob := openfeature.NewEvaluationContext("bob", map[string]any{"email": "bob@example.org"})
	object := map[string]any{"a": []any{1.0, "b"}, "c": map[string]any{"d": true}}
	for _, q := range []struct {
		key       string
		byDefault any
		about     openfeature.EvaluationContext
		want      told
	}{
		{"on", false, ann, told{true, "yes", "STATIC", ""}},
		{"off", true, ann, told{false, "no", "STATIC", ""}},
		{"text", "x", ann, told{"hello", "greeting", "STATIC", ""}},
		{"empty", "x", ann, told{"", "empty", "STATIC", ""}},
		{"float", 1.5, ann, told{0.5, "half", "STATIC", ""}},
		{"int", int64(3), ann, told{int64(10), "ten", "STATIC", ""}},
		{"zero", int64(3), ann, told{int64(0), "zero", "STATIC", ""}},
		{"object", map[string]any{}, ann, told{object, "o", "STATIC", ""}},
		{"rule", "x", ann, told{"INTERNAL", "in", "TARGETING_MATCH", ""}},
		{"rule", "x", bob, told{"EXTERNAL", "out", "DEFAULT", ""}},
		{"split", "x", ann, told{"B", "b", "TARGETING_MATCH", ""}},
		{"split", "x", bob, told{"B", "b", "TARGETING_MATCH", ""}},
		{"split", "x", dan, told{"A", "a", "TARGETING_MATCH", ""}},
		{"disabled", true, ann, told{true, "", "DISABLED", ""}},
		{"disabled", false, ann, told{false, "", "DISABLED", ""}},
		{"code", true, ann, told{true, "", "DEFAULT", ""}},
		{"a/b", "x", ann, told{"/", "slash", "STATIC", ""}},
		{"nowhere", "x", ann, told{"x", "", "ERROR", openfeature.FlagNotFoundCode}},
		{"text", true, ann, told{true, "", "ERROR", openfeature.TypeMismatchCode}},
	} {
		want := q.want
		if d, ok := differs[q.key]; ok {
			d.value = want.value
			want = d
		}
		got := ask(t, c, q.key, q.byDefault, q.about)
		if want.code == openfeature.TypeMismatchCode {
			got.variant = "" // where the client itself evaluates, it tells which one it was
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", q.key, got, want)
		}
	}
}

// follows holds that a change reaches a client by itself, and that it is told.
func follows(t *testing.T, s *serving, c *openfeature.Client) {
	t.Helper()
	changed := make(chan struct{}, 16)
	heard := func(openfeature.EventDetails) { changed <- struct{}{} }
	c.AddHandler(openfeature.ProviderConfigChange, &heard)
	defer c.RemoveHandler(openfeature.ProviderConfigChange, &heard)
	about := openfeature.NewEvaluationContext("ann", nil)
	if got := ask(t, c, "text", "x", about); got.value != "hello" {
		t.Fatal(got)
	}
	s.publish(strings.ReplaceAll(clientFlags, "hello", "good evening"))
	for {
		select {
		case <-changed:
		case <-time.After(time.Minute):
			t.Fatal("no event of a change within a minute")
		}
		if got := ask(t, c, "text", "x", about); got.value == "good evening" {
			return
		}
	}
}

func TestGoFlagdRPC(t *testing.T) {
	s := serve(t, clientFlags)
	p, err := flagdprovider.NewProvider(flagdprovider.WithRPCResolver(), flagdprovider.WithHost("127.0.0.1"), flagdprovider.WithPort(s.port()),
		flagdprovider.WithSelector("token="+s.Token), flagdprovider.WithLRUCache(100), flagdprovider.WithDeadline(30_000))
	if err != nil {
		t.Fatal(err)
	}
	c := provided(t, p)
	exerciseGo(t, c, nil)
	if got := ask(t, c, "on", false, openfeature.NewEvaluationContext("ann", nil)); got.reason != "CACHED" {
		t.Error("a second read of a static flag is not from the cache:", got)
	}
	follows(t, s, c)
}

func TestGoFlagdInProcess(t *testing.T) {
	s := serve(t, clientFlags)
	p, err := flagdprovider.NewProvider(flagdprovider.WithInProcessResolver(), flagdprovider.WithHost("127.0.0.1"), flagdprovider.WithPort(s.port()),
		flagdprovider.WithSelector("token="+s.Token), flagdprovider.WithDeadline(30_000))
	if err != nil {
		t.Fatal(err)
	}
	c := provided(t, p)
	exerciseGo(t, c, nil)
	follows(t, s, c)
}

func TestGoOFREP(t *testing.T) {
	s := serve(t, clientFlags)
	for name, option := range map[string]ofrepprovider.Option{"bearer": ofrepprovider.WithBearerToken(s.Token), "api key": ofrepprovider.WithApiKeyAuth(s.Token)} {
		t.Run(name, func(t *testing.T) {
			exerciseGo(t, provided(t, ofrepprovider.NewProvider(s.URL, option)), map[string]told{
				// The provider takes an answer without a value for one of the wrong
				// type; the program's default counts all the same.
				"code": {nil, "", "ERROR", openfeature.TypeMismatchCode},
			})
		})
	}
	c := provided(t, ofrepprovider.NewProvider(s.URL, ofrepprovider.WithBearerToken("dvt_wrong")))
	if got := ask(t, c, "on", false, openfeature.NewEvaluationContext("ann", nil)); got.value != false || got.code != openfeature.GeneralCode {
		t.Error(got)
	}
}

// TestGoFlagdSurvives holds that a client goes on with what it knows while the
// server is away, and takes up what changed meanwhile.
func TestGoFlagdSurvives(t *testing.T) {
	s := serve(t, clientFlags)
	p, err := flagdprovider.NewProvider(flagdprovider.WithInProcessResolver(), flagdprovider.WithHost("127.0.0.1"), flagdprovider.WithPort(s.port()),
		flagdprovider.WithSelector("token="+s.Token), flagdprovider.WithDeadline(30_000), flagdprovider.WithRetryBackoffMs(50), flagdprovider.WithRetryBackoffMaxMs(200))
	if err != nil {
		t.Fatal(err)
	}
	c := provided(t, p)
	about := openfeature.NewEvaluationContext("ann", nil)
	if got := ask(t, c, "text", "x", about); got.value != "hello" {
		t.Fatal(got)
	}
	s.steer("/stop", "")
	if got := ask(t, c, "text", "x", about); got.value != "hello" {
		t.Error("the answer changed with the server away:", got)
	}
	s.publish(strings.ReplaceAll(clientFlags, "hello", "good evening"))
	s.steer("/start", "")
	for end := time.Now().Add(time.Minute); ask(t, c, "text", "x", about).value != "good evening"; {
		if time.Now().After(end) {
			t.Fatal("the client did not come back within a minute")
		}
	}
}
