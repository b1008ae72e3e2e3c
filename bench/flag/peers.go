package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/launchdarkly/go-sdk-common/v3/ldcontext"
	evaluation "github.com/launchdarkly/go-server-sdk-evaluation/v3"
	"github.com/launchdarkly/go-server-sdk-evaluation/v3/ldmodel"
	"github.com/open-feature/flagd/core/pkg/evaluator"
	"github.com/open-feature/flagd/core/pkg/logger"
	"github.com/open-feature/flagd/core/pkg/store"
	"github.com/open-feature/flagd/core/pkg/sync"

	"github.com/davit-cd/davit/flags"
)

// flagd evaluates as flagd's server does.
type flagd struct {
	json *evaluator.JSON
	who  map[string]any
}

func newFlagd(doc string) (*flagd, error) {
	e := evaluator.NewJSON(logger.NewLogger(nil, false), store.NewFlags())
	return &flagd{e, asker()}, e.SetState(sync.DataSync{FlagData: doc, Source: "bench"})
}

func (f *flagd) evaluate(key string) error {
	_, _, _, _, err := f.json.ResolveBooleanValue(context.Background(), "", key, f.who)
	return err
}

func (f *flagd) all() error {
	_, _, err := f.json.ResolveAllValues(context.Background(), "", f.who)
	return err
}

// launchDarkly evaluates as LaunchDarkly's server SDK does, without what is
// around its evaluator.
type launchDarkly struct {
	evaluator evaluation.Evaluator
	flags     map[string]*ldmodel.FeatureFlag
	who       ldcontext.Context
}

// nothing is a store without segments.
type nothing struct{}

func (nothing) GetFeatureFlag(string) *ldmodel.FeatureFlag { return nil }
func (nothing) GetSegment(string) *ldmodel.Segment         { return nil }

func newLaunchDarkly() (*launchDarkly, error) {
	l := &launchDarkly{evaluation.NewEvaluator(nothing{}), map[string]*ldmodel.FeatureFlag{}, ldcontext.NewBuilder("user-123456").
		SetString("email", "jon@example.com").SetString("country", "NL").SetInt("age", 42).SetString("plan", "pro").SetBool("beta", true).Build()}
	for key, rest := range map[string]string{
		"simple": `"fallthrough":{"variation":0}`,
		"rule3": `"fallthrough":{"variation":1},"rules":[{"id":"r","variation":0,"clauses":[
			{"attribute":"email","op":"endsWith","values":["@example.com"]},{"attribute":"country","op":"in","values":["NL","BE","DE"]},
			{"attribute":"age","op":"greaterThanOrEqual","values":[18]}]}]`,
		"split": `"fallthrough":{"rollout":{"variations":[{"variation":0,"weight":25000},{"variation":1,"weight":75000}]}}`,
	} {
		f, err := ldmodel.NewJSONDataModelSerialization().UnmarshalFeatureFlag(fmt.Appendf(nil, `{"key":%q,"on":true,"version":1,"salt":"s","variations":[true,false],"offVariation":1,%s}`, key, rest))
		if err != nil {
			return nil, err
		}
		l.flags[key] = &f
	}
	return l, nil
}

func (l *launchDarkly) evaluate(key string) error {
	if r := l.evaluator.Evaluate(l.flags[key], l.who, nil); r.Detail.IsDefaultValue() {
		return fmt.Errorf("%v", r.Detail)
	}
	return nil
}

// newClient is a client of the package flags that has doc.
func newClient(doc string) (*flags.Client, error) {
	dir, err := os.MkdirTemp("", "davit-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "flags.json")
	if err := os.WriteFile(file, []byte(`{"set":"shop/production","revision":"1","hash":2,"document":`+doc+`}`), 0o600); err != nil {
		return nil, err
	}
	return flags.Open(context.Background(), flags.Options{Set: "shop/production", File: file})
}
