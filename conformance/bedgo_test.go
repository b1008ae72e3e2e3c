package conformance

import (
	"context"
	"strconv"
	"strings"
	"testing"

	flagdprovider "github.com/open-feature/go-sdk-contrib/providers/flagd/pkg"
	ofrepprovider "github.com/open-feature/go-sdk-contrib/providers/ofrep"
	"github.com/open-feature/go-sdk/openfeature"
)

// goBed is OpenFeature's Go SDK with one of its providers.
type goBed struct {
	way    string // rpc, in-process or ofrep
	client *openfeature.Client
}

func (g *goBed) provide(t *testing.T, b *bed, kind string) <-chan bedEvent {
	t.Helper()
	domain := t.Name()
	events := make(chan bedEvent, 1000)
	g.client = openfeature.NewClient(domain)
	for name, event := range map[string]openfeature.EventType{
		"ready": openfeature.ProviderReady, "error": openfeature.ProviderError, "stale": openfeature.ProviderStale, "change": openfeature.ProviderConfigChange,
	} {
		hear := func(d openfeature.EventDetails) { events <- bedEvent{name, d.FlagChanges} }
		g.client.AddHandler(event, &hear)
		t.Cleanup(func() { g.client.RemoveHandler(event, &hear) })
	}
	provider := g.provider(t, b, kind)
	t.Cleanup(func() { _ = openfeature.SetNamedProvider(domain, openfeature.NoopProvider{}) })
	if kind == "unavailable" || kind == "forbidden" {
		if err := openfeature.SetNamedProvider(domain, provider); err != nil {
			t.Fatal(err)
		}
		return events
	}
	ctx, cancel := context.WithTimeout(t.Context(), eventually)
	defer cancel()
	if err := openfeature.SetNamedProviderWithContextAndWait(ctx, domain, provider); err != nil {
		t.Fatal(err)
	}
	return events
}

func (g *goBed) provider(t *testing.T, b *bed, kind string) openfeature.FeatureProvider {
	t.Helper()
	if g.way == "ofrep" {
		o := []ofrepprovider.Option{ofrepprovider.WithBearerToken(b.s.Wide)}
		named := "shop/production"
		if n := b.options["selector"]; n != "" {
			named = n
		}
		return ofrepprovider.NewProvider(b.s.URL, append(o, ofrepprovider.WithHeader("Flagd-Selector", named))...)
	}
	port := b.s.port()
	if kind == "unavailable" {
		port = 9 // nobody listens there
	}
	o := []flagdprovider.ProviderOption{
		flagdprovider.WithHost("127.0.0.1"), flagdprovider.WithPort(port), flagdprovider.WithSelector(b.selector(kind)), flagdprovider.WithDeadline(20_000),
		flagdprovider.WithRetryGracePeriod(2), flagdprovider.WithRetryBackoffMs(100), flagdprovider.WithRetryBackoffMaxMs(500),
	}
	if ms, err := strconv.Atoi(b.options["deadlineMs"]); err == nil {
		o = append(o, flagdprovider.WithDeadline(ms))
	}
	if codes := b.options["fatalStatusCodes"]; codes != "" {
		o = append(o, flagdprovider.WithFatalStatusCodes(strings.Split(codes, ",")))
	}
	switch {
	case g.way == "in-process":
		o = append(o, flagdprovider.WithInProcessResolver())
	case b.options["cache"] == "disabled":
		o = append(o, flagdprovider.WithRPCResolver(), flagdprovider.WithoutCache())
	default:
		o = append(o, flagdprovider.WithRPCResolver(), flagdprovider.WithLRUCache(1000))
	}
	p, err := flagdprovider.NewProvider(o...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (g *goBed) ask(t *testing.T, kind, key string, byDefault any, about map[string]any) bedAnswer {
	t.Helper()
	attributes := map[string]any{}
	targeting := ""
	for name, v := range about {
		if text, ok := v.(string); ok && name == "targetingKey" {
			targeting = text
			continue
		}
		attributes[name] = v
	}
	c := openfeature.NewEvaluationContext(targeting, attributes)
	if kind == "Integer" {
		byDefault = int64(byDefault.(float64))
	}
	got := ask(t, g.client, key, byDefault, c)
	answer := bedAnswer{Value: plain(got.value), Variant: got.variant, Reason: string(got.reason), Code: string(got.code)}
	if kind == "Boolean" {
		d, _ := g.client.BooleanValueDetails(t.Context(), key, byDefault.(bool), c)
		answer.Metadata = d.FlagMetadata
	}
	return answer
}

func (g *goBed) fatal(*testing.T) bool { return g.client.State() == openfeature.FatalState }
