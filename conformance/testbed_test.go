package conformance

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// bedWay is one provider and protocol that scenarios are run with.
type bedWay struct {
	name     string
	tag      string   // what scenarios for it are tagged with
	features []string // the files of scenarios
	hash     string   // fractional's version, if it is not 2
	open     bool     // it cannot show a token for all that it asks
	// without has the tags, and the beginnings of names, of scenarios that the
	// provider cannot pass whatever the server does; with each stands why.
	without map[string]string
	// Where it has no way to be told "use the program's default", or takes it for
	// a fault, it may say so; the program's default counts all the same.
	valueless []string
	sdk       func(t *testing.T) bedSDK
}

var (
	bedRemote = []string{"evaluation", "targeting", "disabled", "contextEnrichment"}
	bedRPC    = []string{"evaluation", "targeting", "disabled", "contextEnrichment", "rpc-caching", "events", "connection"}
	bedLocal  = []string{"evaluation", "targeting", "disabled", "contextEnrichment", "sync-payload", "metadata", "selector", "events", "connection"}
)

func bedWays() []bedWay {
	return []bedWay{
		{
			name: "go-rpc", tag: "@rpc", features: bedRPC, sdk: func(t *testing.T) bedSDK { return &goBed{way: "rpc"} },
			without: map[string]string{
				"@grace":                "the provider has no state between ready and error",
				"Stale and Error stage": "the same",
				"@forbidden":            "the provider does not know fatalStatusCodes by this protocol",
			},
		},
		{
			name: "go-in-process", tag: "@in-process", features: bedLocal, sdk: func(t *testing.T) bedSDK { return &goBed{way: "in-process"} },
			without: map[string]string{
				"@contextEnrichment":    "the provider passes over what the server sends as the context",
				"@sync-payload":         "the same",
				"What the server knows": "the same",
			},
		},
		{name: "go-ofrep", tag: "@rpc", features: bedRemote, without: eventless(), valueless: []string{"TYPE_MISMATCH"}, sdk: func(t *testing.T) bedSDK { return &goBed{way: "ofrep"} }},
		{name: "go-rpc-v3", tag: "@rpc", features: []string{"targeting"}, hash: "3", sdk: func(t *testing.T) bedSDK { return &goBed{way: "rpc"} }},
		{name: "go-ofrep-v3", tag: "@rpc", features: []string{"targeting"}, hash: "3", valueless: []string{"TYPE_MISMATCH"}, sdk: func(t *testing.T) bedSDK { return &goBed{way: "ofrep"} }},
		{
			name: "js-rpc", tag: "@rpc", features: bedRPC, open: true, sdk: jsBedOf("flagd-rpc"),
			without: map[string]string{
				"@forbidden": "the provider asks for events without its selector, so nothing can be forbidden to it",
				"Flag disabled in one flag set, enabled in another": "the provider asks for events without its selector",
				"Stale and Error stage":                             "the provider drops what it keeps as soon as the connection is lost",
			},
		},
		{name: "js-in-process", tag: "@in-process", features: bedLocal, sdk: jsBedOf("flagd-in-process")},
		{name: "js-ofrep", tag: "@rpc", features: bedRemote, without: eventless(), valueless: []string{"GENERAL"}, sdk: jsBedOf("ofrep")},
		{
			name: "js-ofrep-web", tag: "@rpc", features: bedRemote, sdk: jsBedOf("ofrep-web"),
			without: map[string]string{"@grace": "the provider keeps its answers while the server is away"},
		},
		{
			name: "js-flagd-web", tag: "@rpc", features: bedRemote, valueless: []string{"FLAG_NOT_FOUND"}, sdk: jsBedOf("flagd-web"),
			without: map[string]string{
				"@grace": "the provider keeps its answers while the server is away, and says nothing of it",
				"Ref to nonexistent evaluator yields parse error": "the provider asks for all flags at once by evaluation.v1, which has no room for a flag's error",
				"Errors and edge cases #2":                        "the same",
				"Errors and edge cases #3":                        "the same",
			},
		},
	}
}

// eventless has the tags of what a provider cannot pass that hears nothing of
// the server.
func eventless() map[string]string {
	return map[string]string{"@grace": "the provider has no events of the server", "@caching": "the same, and it keeps nothing"}
}

// noServer has the tags of what is about no server, or that Davit's is not
// about, with each why.
func noServer() map[string]string {
	return map[string]string{
		"@customCert":    "TLS is a proxy's",
		"@unixsocket":    "Davit listens on addresses",
		"@targetURI":     "envoy is between",
		"@deprecated":    "flagd itself has given it up",
		"@fractional-v1": "the same",
	}
}

// TestProviderTestbed runs what concerns a server of flagd's test bed for
// providers: OpenFeature's Go and JavaScript providers, unchanged, against
// Davit's server, which also takes the calls of the test bed's launchpad. The
// feature config is about providers alone.
func TestProviderTestbed(t *testing.T) {
	dir := suite(t, "flagd-testbed")
	for _, way := range bedWays() {
		t.Run(way.name, func(t *testing.T) {
			if why := installed(); strings.HasPrefix(way.name, "js-") && why != "" {
				t.Skip("NOT TESTED: " + why)
			}
			way.run(t, dir)
		})
	}
}

// TestProviders runs scenarios of Davit's own with the same providers.
func TestProviders(t *testing.T) {
	for _, way := range bedWays() {
		if way.hash != "" {
			continue
		}
		t.Run(way.name, func(t *testing.T) {
			if why := installed(); strings.HasPrefix(way.name, "js-") && why != "" {
				t.Skip("NOT TESTED: " + why)
			}
			way.features = []string{"testdata/providers.feature"}
			remote := way.name == "go-ofrep" || way.name == "js-ofrep" || way.name == "js-ofrep-web" || way.name == "js-flagd-web"
			if remote { // they are told of no change, or keep nothing
				way.without = map[string]string{"@events": "it has no events of this kind", "@caching": "it keeps nothing"}
			}
			way.runSets(t, map[string]string{
				"shop/production": providersFlags,
				"shop/facts":      `{"flags":{"told":{"state":"ENABLED","variants":{"yes":true},"defaultVariant":"yes","metadata":{"owner":"ann"}}},"metadata":{"team":"pay"}}`,
			})
		})
	}
}

// providersFlags are the flags that testdata/providers.feature speaks of.
const providersFlags = `{"flags":{
	"switch":{"state":"ENABLED","variants":{"yes":true,"no":false},"defaultVariant":"yes"},
	"words":{"state":"ENABLED","variants":{"morning":"good morning","night":"good night"},"defaultVariant":"morning"},
	"silent":{"state":"ENABLED","variants":{"nothing":"","something":"x"},"defaultVariant":"nothing"},
	"number":{"state":"ENABLED","variants":{"forty":40},"defaultVariant":"forty"},
	"nought":{"state":"ENABLED","variants":{"zero":0,"one":1},"defaultVariant":"zero"},
	"ratio":{"state":"ENABLED","variants":{"quarter":0.25},"defaultVariant":"quarter"},
	"thing":{"state":"ENABLED","variants":{"some":{"a":[1,2]}},"defaultVariant":"some"},
	"staff":{"state":"ENABLED","variants":{"in":"inside","out":"outside"},"defaultVariant":"out","targeting":{"if":[{"ends_with":[{"var":"email"},"@shop.test"]},"in"]}},
	"here":{"state":"ENABLED","variants":{"eu":"Europe","us":"America"},"defaultVariant":"us","targeting":{"if":[{"==":[{"var":"region"},"eu"]},"eu"]}},
	"off":{"state":"DISABLED","variants":{"yes":true,"no":false},"defaultVariant":"no"},
	"changing-flag":{"state":"ENABLED","variants":{"foo":"foo","bar":"bar"},"defaultVariant":"foo"}
},"$context":{"region":"eu"}}`

// run runs the scenarios of a checkout of the test bed.
func (w bedWay) run(t *testing.T, dir string) {
	all := strings.TrimSuffix(string(mergedFlags(t, filepath.Join(dir, "flags"))), "}") + `,"$context":{"injectedmetadata":"set"}}` // as its launchpad has it
	sets := map[string]string{"shop/production": all, "flags/allFlags.json": all}
	for _, name := range []string{"selector-flags.json", "selector-flag-combined-metadata.json"} {
		sets["rawflags/"+name] = string(read(t, filepath.Join(dir, "flags", name)))
	}
	w.features = slices.Clone(w.features)
	for i, feature := range w.features {
		w.features[i] = filepath.Join(dir, "gherkin", feature+".feature")
	}
	w.runSets(t, sets)
}

func (w bedWay) runSets(t *testing.T, sets map[string]string) {
	s := serve(t, sets["shop/production"])
	for id, doc := range sets {
		s.steer("/flags?hash="+w.hash+"&set="+url.QueryEscape(id), doc)
	}
	sdk := w.sdk(t)
	ran := 0
	left := map[string]int{}
	for _, file := range w.features {
		feature := strings.TrimSuffix(filepath.Base(file), ".feature")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, sc := range parseFeature(string(text)) {
			if !sc.tagged(w.tag) {
				continue
			}
			if why := w.leaves(sc); why != "" {
				left[why]++
				continue
			}
			ran++
			t.Run(feature+"/"+sc.name, func(t *testing.T) {
				b := &bed{s: s, sdk: sdk, way: w, context: map[string]any{}, options: map[string]string{}, seen: map[string][]bedEvent{}}
				b.steps().run(t, sc)
				b.restarts.Wait()
			})
		}
	}
	t.Logf("ran %d scenarios; left out: %v", ran, left)
}

// leaves says why a scenario is left out, or nothing.
func (w bedWay) leaves(sc scenario) string {
	for tag, why := range noServer() {
		if sc.tagged(tag) {
			return tag + ": " + why
		}
	}
	if sc.tagged("@fractional-v3") != (w.hash == "3") {
		return "@fractional-v3, which is for sets of that version"
	}
	for name, why := range w.without {
		if sc.tagged(name) || strings.HasPrefix(sc.name, name) {
			return name + ": " + why
		}
	}
	return ""
}

// bedSDK is a provider that the test bed steers.
type bedSDK interface {
	// provide makes the provider, instead of the one before, and hears its events.
	provide(t *testing.T, b *bed, kind string) <-chan bedEvent
	ask(t *testing.T, kind, key string, byDefault any, about map[string]any) bedAnswer
	fatal(t *testing.T) bool
}

// bedAnswer is what a provider says of one evaluation; numbers are float64.
type bedAnswer struct {
	Value    any            `json:"value"`
	Variant  string         `json:"variant"`
	Reason   string         `json:"reason"`
	Code     string         `json:"code"`
	Metadata map[string]any `json:"metadata"`
}

// bedEvent is an event of a provider: ready, error, stale or change.
type bedEvent struct {
	Name  string   `json:"event"`
	Flags []string `json:"flags"` // those that changed
}

// bed is what the steps of a scenario share.
type bed struct {
	s        *serving
	sdk      bedSDK
	way      bedWay
	options  map[string]string
	kind     string
	key      string
	fallback string
	context  map[string]any
	got      bedAnswer
	events   <-chan bedEvent
	seen     map[string][]bedEvent
	last     bedEvent
	restarts sync.WaitGroup
}

// eventually is how long an event may take on a machine with much to do.
const eventually = time.Minute

func (b *bed) steps() stepTable {
	var st stepTable
	do := func(pattern string, f func(t *testing.T, m []string)) {
		st.on(pattern, func(t *testing.T, m []string, _ [][]string) { f(t, m) })
	}
	do(`an option "([^"]*)" of type "[^"]*" with value "([^"]*)"`, func(_ *testing.T, m []string) { b.options[m[1]] = m[2] })
	do(`an? (stable|metadata|syncpayload|unavailable|forbidden) flagd provider`, func(t *testing.T, m []string) { b.events = b.sdk.provide(t, b, m[1]) })
	do(`a (\w+)-flag with key "([^"]*)" and a (?:default|fallback) value "(.*)"`, func(_ *testing.T, m []string) { b.kind, b.key, b.fallback = m[1], m[2], m[3] })
	do(`a context containing a targeting key with value "(.*)"`, func(_ *testing.T, m []string) { b.context["targetingKey"] = m[1] })
	do(`a context containing a key "([^"]*)", with type "([^"]*)" and with value "(.*)"`, func(t *testing.T, m []string) {
		b.context[m[1]] = typed(t, m[2], m[3])
	})
	do(`a context containing a nested property with outer key "([^"]*)" and inner key "([^"]*)", with value "(.*)"`, func(_ *testing.T, m []string) {
		b.context[m[1]] = map[string]any{m[2]: m[3]}
	})
	do(`the flag was evaluated with details`, func(t *testing.T, _ []string) {
		b.got = b.sdk.ask(t, b.kind, b.key, typed(t, b.kind, b.fallback), b.context)
	})
	b.answerSteps(do)
	st.on(`the resolved metadata should contain`, func(t *testing.T, _ []string, table [][]string) {
		for _, row := range table[1:] {
			if got := plain(b.got.Metadata[row[0]]); !reflect.DeepEqual(got, typed(t, row[1], row[2])) {
				t.Errorf("%s is %v, want %s", row[0], got, row[2])
			}
		}
	})
	b.eventSteps(do)
	return st
}

func (b *bed) answerSteps(do func(string, func(*testing.T, []string))) {
	do(`the resolved details value should be "(.*)"`, func(t *testing.T, m []string) {
		if want := typed(t, b.kind, m[1]); !reflect.DeepEqual(b.got.Value, want) {
			t.Errorf("%s = %v, want %v (%+v)", b.key, b.got.Value, want, b.got)
		}
	})
	do(`the variant should be "(.*)"`, func(t *testing.T, m []string) {
		if b.got.Variant != m[1] {
			t.Errorf("%s has variant %q, want %q", b.key, b.got.Variant, m[1])
		}
	})
	do(`the reason should be "(.*)"`, func(t *testing.T, m []string) {
		if b.got.Reason != m[1] && !((m[1] == "DEFAULT" || m[1] == "DISABLED") && b.valueless()) {
			t.Errorf("%s has reason %s, want %s (%+v)", b.key, b.got.Reason, m[1], b.got)
		}
	})
	do(`the error-code should be "(.*)"`, func(t *testing.T, m []string) {
		if b.got.Code != m[1] {
			t.Errorf("%s has error %q, want %q (%+v)", b.key, b.got.Code, m[1], b.got)
		}
	})
	do(`the resolved metadata is empty`, func(t *testing.T, _ []string) {
		for name := range b.got.Metadata {
			// Davit adds the first two to what it serves; the last is the Go provider's own selector.
			if name != "flagSetId" && name != "version" && name != "scope" {
				t.Errorf("%s has the fact %s", b.key, name)
			}
		}
	})
}

// valueless reports whether the provider was told to use the program's default
// and says so in its own way.
func (b *bed) valueless() bool {
	return b.got.Reason == "ERROR" && b.got.Variant == "" && slices.Contains(b.way.valueless, b.got.Code)
}

func (b *bed) eventSteps(do func(string, func(*testing.T, []string))) {
	do(`an? (ready|error|stale|change) event handler`, func(*testing.T, []string) {}) // all are heard from the beginning
	do(`the (ready|error|stale|change) event handler should have been executed(?: within \d+ms)?`, func(t *testing.T, m []string) { b.await(t, m[1]) })
	do(`an? (ready|error|stale|change) event was fired`, func(t *testing.T, m []string) { b.await(t, m[1]) })
	do(`the connection is lost for (\d+)s`, func(t *testing.T, m []string) {
		// Not waited for: the next steps are about what is told meanwhile.
		b.restarts.Go(func() {
			res, err := http.Post(b.s.Control+"/restart?seconds="+m[1], "", nil)
			if err != nil {
				t.Error(err)
				return
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Error("restart:", res.Status)
			}
		})
	})
	do(`the flag was modified`, func(*testing.T, []string) { b.s.steer("/change", "") })
	do(`the flag should be part of the event payload`, func(t *testing.T, _ []string) {
		if !slices.Contains(b.last.Flags, b.key) {
			t.Errorf("the change names %v, not %s", b.last.Flags, b.key)
		}
	})
	do(`the client should be in fatal state`, func(t *testing.T, _ []string) {
		for end := time.Now().Add(eventually); !b.sdk.fatal(t); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the state is not fatal")
			}
		}
	})
}

// await waits for an event that no earlier step has waited for. Those that come
// before it are kept for later steps.
func (b *bed) await(t *testing.T, name string) {
	t.Helper()
	for {
		if list := b.seen[name]; len(list) > 0 {
			b.last, b.seen[name] = list[0], list[1:]
			return
		}
		select {
		case e := <-b.events:
			b.seen[e.Name] = append(b.seen[e.Name], e)
		case <-time.After(eventually):
			t.Fatalf("no %s event within %s", name, eventually)
		}
	}
}

// selector is how a provider that can only select shows its token, too.
func (b *bed) selector(kind string) string {
	switch named := b.options["selector"]; {
	case kind == "forbidden":
		return "flagSetId=shop/staging,token=" + b.s.Token
	case named != "":
		return named + ",token=" + b.s.Wide
	}
	return "token=" + b.s.Token
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
