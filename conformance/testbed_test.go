package conformance

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	flagdprovider "github.com/open-feature/go-sdk-contrib/providers/flagd/pkg"
	ofrepprovider "github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

// TestProviderTestbed runs what concerns a server of flagd's test bed for
// providers: OpenFeature's Go providers, unchanged, against Davit's server,
// which also takes the calls of the test bed's launchpad. Left out are TLS,
// unix sockets and envoy (there is a proxy for those), the static context that
// flagd can add to each evaluation, files, and fractional's versions 1 and 3.
func TestProviderTestbed(t *testing.T) {
	dir := suite(t, "flagd-testbed")
	s := serve(t, string(mergedFlags(t, filepath.Join(dir, "flags"))))
	for _, name := range []string{"selector-flags.json", "selector-flag-combined-metadata.json"} {
		s.steer("/flags?set="+url.QueryEscape("rawflags/"+name), string(read(t, filepath.Join(dir, "flags", name))))
	}
	without := []string{"@fractional-v1", "@fractional-v3", "@deprecated", "@customCert", "@unixsocket", "@targetURI", "@contextEnrichment", "@sync-payload"}
	for _, way := range []string{"rpc", "in-process", "ofrep"} {
		ran := 0
		for _, feature := range []string{"evaluation", "targeting", "disabled", "metadata", "selector", "rpc-caching", "events", "connection"} {
			if way == "ofrep" && !slices.Contains([]string{"evaluation", "targeting", "disabled"}, feature) {
				continue // the Go provider has neither streams nor a cache, and tells no metadata of a set
			}
			text, err := os.ReadFile(filepath.Join(dir, "gherkin", feature+".feature"))
			if err != nil {
				t.Fatal(err)
			}
			for _, sc := range parseFeature(string(text)) {
				tagged := "@" + way
				if way == "ofrep" {
					tagged = "@rpc" // what is asked of a remote evaluation
				}
				if !sc.tagged(tagged) || slices.ContainsFunc(without, sc.tagged) {
					continue
				}
				ran++
				t.Run(way+"/"+feature+"/"+sc.name, func(t *testing.T) {
					b := &bed{s: s, way: way, context: map[string]any{}, options: map[string]string{}, seen: map[openfeature.EventType][]openfeature.EventDetails{}}
					b.steps().run(t, sc)
				})
			}
		}
		t.Logf("%s: ran %d scenarios", way, ran)
	}
}

// bed is what the steps of a scenario share.
type bed struct {
	s        *serving
	way      string
	options  map[string]string
	client   *openfeature.Client
	kind     string
	key      string
	fallback string
	context  map[string]any
	got      told
	metadata openfeature.FlagMetadata
	events   chan heardEvent
	seen     map[openfeature.EventType][]openfeature.EventDetails
	last     openfeature.EventDetails
}

type heardEvent struct {
	kind    openfeature.EventType
	details openfeature.EventDetails
}

// eventually is how long an event may take on a machine with much to do.
const eventually = time.Minute

func (b *bed) steps() stepTable {
	var st stepTable
	do := func(pattern string, f func(t *testing.T, m []string)) {
		st.on(pattern, func(t *testing.T, m []string, _ [][]string) { f(t, m) })
	}
	do(`an option "([^"]*)" of type "[^"]*" with value "([^"]*)"`, func(_ *testing.T, m []string) { b.options[m[1]] = m[2] })
	do(`an? (stable|metadata|unavailable|forbidden) flagd provider`, func(t *testing.T, m []string) { b.provide(t, m[1]) })
	do(`a (\w+)-flag with key "([^"]*)" and a (?:default|fallback) value "(.*)"`, func(_ *testing.T, m []string) { b.kind, b.key, b.fallback = m[1], m[2], m[3] })
	do(`a context containing a targeting key with value "(.*)"`, func(_ *testing.T, m []string) { b.context["targetingKey"] = m[1] })
	do(`a context containing a key "([^"]*)", with type "([^"]*)" and with value "(.*)"`, func(t *testing.T, m []string) {
		b.context[m[1]] = typed(t, m[2], m[3])
	})
	do(`a context containing a nested property with outer key "([^"]*)" and inner key "([^"]*)", with value "(.*)"`, func(_ *testing.T, m []string) {
		b.context[m[1]] = map[string]any{m[2]: m[3]}
	})
	do(`the flag was evaluated with details`, func(t *testing.T, _ []string) { b.evaluate(t) })
	do(`the resolved details value should be "(.*)"`, func(t *testing.T, m []string) {
		if want := typed(t, b.kind, m[1]); !reflect.DeepEqual(plain(b.got.value), want) {
			t.Errorf("%s = %v, want %v (%+v)", b.key, b.got.value, want, b.got)
		}
	})
	do(`the variant should be "(.*)"`, func(t *testing.T, m []string) {
		if b.got.variant != m[1] {
			t.Errorf("%s has variant %q, want %q", b.key, b.got.variant, m[1])
		}
	})
	do(`the reason should be "(.*)"`, func(t *testing.T, m []string) { b.reason(t, m[1]) })
	do(`the error-code should be "(.*)"`, func(t *testing.T, m []string) {
		if string(b.got.code) != m[1] && !b.valueless() {
			t.Errorf("%s has error %q, want %q", b.key, b.got.code, m[1])
		}
	})
	do(`the resolved metadata is empty`, func(t *testing.T, _ []string) {
		for name := range b.metadata {
			if name != "flagSetId" && name != "version" { // which Davit adds to what it serves
				t.Errorf("%s has the fact %s", b.key, name)
			}
		}
	})
	st.on(`the resolved metadata should contain`, func(t *testing.T, _ []string, table [][]string) {
		for _, row := range table[1:] {
			if got := plain(b.metadata[row[0]]); !reflect.DeepEqual(got, typed(t, row[1], row[2])) {
				t.Errorf("%s is %v, want %s", row[0], got, row[2])
			}
		}
	})
	b.eventSteps(do)
	return st
}

func (b *bed) eventSteps(do func(string, func(*testing.T, []string))) {
	do(`an? (ready|error|stale|change) event handler`, func(*testing.T, []string) {}) // all are heard from the beginning
	do(`the (ready|error|stale|change) event handler should have been executed(?: within \d+ms)?`, func(t *testing.T, m []string) { b.await(t, m[1]) })
	do(`an? (ready|error|stale|change) event was fired`, func(t *testing.T, m []string) { b.await(t, m[1]) })
	do(`the connection is lost for (\d+)s`, func(_ *testing.T, m []string) {
		// Not waited for: the next steps are about what is told meanwhile.
		go b.s.steer("/restart?seconds="+m[1], "")
	})
	do(`the flag was modified`, func(*testing.T, []string) { b.s.steer("/change", "") })
	do(`the flag should be part of the event payload`, func(t *testing.T, _ []string) {
		if !slices.Contains(b.last.FlagChanges, b.key) {
			t.Errorf("the change names %v, not %s", b.last.FlagChanges, b.key)
		}
	})
	do(`the client should be in fatal state`, func(t *testing.T, _ []string) {
		for end := time.Now().Add(eventually); b.client.State() != openfeature.FatalState; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the state is", b.client.State())
			}
		}
	})
}

// provide makes the provider and hears all its events.
func (b *bed) provide(t *testing.T, kind string) {
	t.Helper()
	domain := t.Name()
	b.events = make(chan heardEvent, 1000)
	b.client = openfeature.NewClient(domain)
	for name, event := range eventTypes() {
		_ = name
		hear := func(d openfeature.EventDetails) { b.events <- heardEvent{event, d} }
		b.client.AddHandler(event, &hear)
		t.Cleanup(func() { b.client.RemoveHandler(event, &hear) })
	}
	provider := b.provider(t, kind)
	t.Cleanup(func() { _ = openfeature.SetNamedProvider(domain, openfeature.NoopProvider{}) })
	if kind == "unavailable" || kind == "forbidden" {
		if err := openfeature.SetNamedProvider(domain, provider); err != nil {
			t.Fatal(err)
		}
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), eventually)
	defer cancel()
	if err := openfeature.SetNamedProviderWithContextAndWait(ctx, domain, provider); err != nil {
		t.Fatal(err)
	}
}

func (b *bed) provider(t *testing.T, kind string) openfeature.FeatureProvider {
	t.Helper()
	if b.way == "ofrep" {
		return ofrepprovider.NewProvider(b.s.URL, ofrepprovider.WithBearerToken(b.s.Token))
	}
	selector := "token=" + b.s.Token
	if named := b.options["selector"]; named != "" {
		selector = named + ",token=" + b.s.Wide
	}
	port := b.s.port()
	switch kind {
	case "unavailable":
		port = 9 // nobody listens there
	case "forbidden":
		selector = "flagSetId=shop/staging,token=" + b.s.Token
	}
	o := []flagdprovider.ProviderOption{
		flagdprovider.WithHost("127.0.0.1"), flagdprovider.WithPort(port), flagdprovider.WithSelector(selector), flagdprovider.WithDeadline(20_000),
		flagdprovider.WithRetryGracePeriod(2), flagdprovider.WithRetryBackoffMs(100), flagdprovider.WithRetryBackoffMaxMs(500),
	}
	if ms, err := strconv.Atoi(b.options["deadlineMs"]); err == nil {
		o = append(o, flagdprovider.WithDeadline(ms))
	}
	if codes := b.options["fatalStatusCodes"]; codes != "" {
		o = append(o, flagdprovider.WithFatalStatusCodes(strings.Split(codes, ",")))
	}
	if b.way == "in-process" {
		o = append(o, flagdprovider.WithInProcessResolver())
	} else {
		o = append(o, flagdprovider.WithRPCResolver(), flagdprovider.WithoutCache())
		if b.options["cache"] == "lru" {
			o = append(o, flagdprovider.WithLRUCache(1000))
		}
	}
	p, err := flagdprovider.NewProvider(o...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func eventTypes() map[string]openfeature.EventType {
	return map[string]openfeature.EventType{
		"ready": openfeature.ProviderReady, "error": openfeature.ProviderError, "stale": openfeature.ProviderStale, "change": openfeature.ProviderConfigChange,
	}
}

// await waits for an event that no earlier step has waited for. Those that come
// before it are kept for later steps.
func (b *bed) await(t *testing.T, name string) {
	t.Helper()
	kind := eventTypes()[name]
	for {
		if list := b.seen[kind]; len(list) > 0 {
			b.last, b.seen[kind] = list[0], list[1:]
			return
		}
		select {
		case e := <-b.events:
			b.seen[e.kind] = append(b.seen[e.kind], e.details)
		case <-time.After(eventually):
			t.Fatalf("no %s event within %s", name, eventually)
		}
	}
}

func (b *bed) evaluate(t *testing.T) {
	t.Helper()
	attributes := map[string]any{}
	targeting := ""
	for name, v := range b.context {
		if text, ok := v.(string); ok && name == "targetingKey" {
			targeting = text
			continue
		}
		attributes[name] = v
	}
	about := openfeature.NewEvaluationContext(targeting, attributes)
	var byDefault any
	switch b.kind {
	case "Integer":
		n, _ := typed(t, "Integer", b.fallback).(float64)
		byDefault = int64(n)
	case "Object":
		var v map[string]any
		if err := json.Unmarshal([]byte(strings.ReplaceAll(b.fallback, `\"`, `"`)), &v); err != nil {
			t.Fatal(err)
		}
		byDefault = v
	default:
		byDefault = typed(t, b.kind, b.fallback)
	}
	b.got = ask(t, b.client, b.key, byDefault, about)
	if b.kind == "Boolean" {
		d, _ := b.client.BooleanValueDetails(t.Context(), b.key, byDefault.(bool), about)
		b.metadata = d.FlagMetadata
	}
}

// valueless reports whether the Go OFREP provider was told to use the default
// of the code, which it takes for an error.
func (b *bed) valueless() bool {
	return b.way == "ofrep" && b.got.variant == "" && b.got.code == openfeature.TypeMismatchCode
}

func (b *bed) reason(t *testing.T, want string) {
	t.Helper()
	if string(b.got.reason) != want && !(want == "DEFAULT" && b.valueless()) {
		t.Errorf("%s has reason %s, want %s (%+v)", b.key, b.got.reason, want, b.got)
	}
}

// plain makes all numbers float64, as the tables have them.
func plain(v any) any {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case int:
		return float64(n)
	}
	return v
}
