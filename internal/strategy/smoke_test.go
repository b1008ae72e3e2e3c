package strategy_test

import (
	"encoding/json"
	"testing"

	"github.com/davit-cd/davit/internal/spec"
	"github.com/davit-cd/davit/internal/strategy"
)

func TestSimple(t *testing.T) {
	f, err := spec.Parse("davit.yaml", []byte("service: shop\ntest: go test ./...\nbuild: go build -o out/shop .\npackage: out\nrun: ./shop\n"),
		spec.Known{Targets: []string{"process"}, Strategies: strategy.Describe(), Gates: spec.Gates()})
	if err != nil {
		t.Fatal(err)
	}
	b, _ := json.MarshalIndent(f, "", "  ")
	t.Log(string(b))
	for _, e := range f.Services[0].Environments {
		p, err := strategy.Compile(e)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.MarshalIndent(p, "", "  ")
		t.Log(string(b))
	}
}
