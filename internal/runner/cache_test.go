package runner_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/davit-cd/davit/internal/pipeline"
	"github.com/davit-cd/davit/internal/runner"
	"github.com/davit-cd/davit/internal/spec"
)

func TestKeyedCache(t *testing.T) {
	r, dir := open(t, runner.Options{CacheKept: 2})
	try := func(attempt int, lock, shell string, want pipeline.StageOutcome) {
		t.Helper()
		j := job(files{"lock": lock}, shell)
		j.Attempt = attempt
		j.Stage.Cache = []spec.Cache{{Path: "deps", Key: []string{"lock"}}}
		run(t, r, j, want)
	}
	try(1, "a", "test ! -e deps; mkdir -p deps/sub; echo 1 > deps/sub/f; chmod 555 deps/sub; false", pipeline.OutcomeFailed)
	try(2, "a", "test ! -e deps; mkdir -p deps/sub; echo 1 > deps/sub/f; ln -s f deps/sub/l; touch -d 2020-01-01 deps/sub/f", pipeline.OutcomePassed)
	try(3, "a", "test $(cat deps/sub/l) = 1; test $(date -r deps/sub/f +%Y) = 2020; echo 2 > deps/sub/f", pipeline.OutcomePassed)
	try(4, "a", "test $(cat deps/sub/f) = 1", pipeline.OutcomePassed)
	try(5, "b", "test ! -e deps; mkdir deps", pipeline.OutcomePassed)
	try(6, "c", "test ! -e deps; mkdir deps", pipeline.OutcomePassed)
	kept, _ := filepath.Glob(filepath.Join(dir, "cache/shop/paths/*/*"))
	if len(kept) != 2 {
		t.Errorf("kept %v", kept)
	}
}

// TestCacheWithoutKey holds what the last success left.
func TestCacheWithoutKey(t *testing.T) {
	r, _ := open(t, runner.Options{})
	for i, shell := range []string{"mkdir c; echo 1 > c/n", "test $(cat c/n) = 1; echo 2 > c/n", "test $(cat c/n) = 2; echo 3 > c/n; false", "test $(cat c/n) = 2"} {
		j := job(nil, shell)
		j.Attempt = i + 1
		j.Stage.Cache = []spec.Cache{{Path: "c"}}
		want := pipeline.OutcomePassed
		if strings.HasSuffix(shell, "false") {
			want = pipeline.OutcomeFailed
		}
		run(t, r, j, want)
	}
}

func TestCacheIsSharedByRunsAtTheSameTime(t *testing.T) {
	r, _ := open(t, runner.Options{Places: 6})
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			j := job(files{"lock": "a"}, "test -e deps/f || { mkdir -p deps; echo full > deps/f; }; test $(cat deps/f) = full")
			j.Run = fmt.Sprintf("shop-run-%d", i)
			j.Stage.Cache = []spec.Cache{{Path: "deps", Key: []string{"lock"}}, {Preset: "go"}}
			if out, err := r.Run(t.Context(), j); err != nil || out.Outcome != pipeline.OutcomePassed {
				t.Errorf("%+v, %v", out, err)
			}
		})
	}
	all.Wait()
}

func TestPresets(t *testing.T) {
	r, dir := open(t, runner.Options{})
	j := job(nil, "env | sort")
	for _, name := range []string{"go", "npm", "pip", "yarn", "pnpm"} {
		j.Stage.Cache = append(j.Stage.Cache, spec.Cache{Preset: name})
	}
	run(t, r, j, pipeline.OutcomePassed)
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "npm_config_cache", "PIP_CACHE_DIR", "YARN_CACHE_FOLDER", "npm_config_store_dir"} {
		if log := text(t, r, j); !strings.Contains(log, name+"="+filepath.Join(dir, "cache", "shop")+"/") {
			t.Errorf("no %s in\n%s", name, log)
		}
	}
	j.Stage.Cache = []spec.Cache{{Preset: "maven"}}
	if out, err := r.Run(t.Context(), j); err == nil || !strings.Contains(out.Reason, "no cache preset") {
		t.Errorf("%+v, %v", out, err)
	}
}
