# Davit's commands. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
GO ?= go
export CGO_ENABLED ?= 0
LDFLAGS := -s -w
TOOL := $(GO) tool -modfile=tools/go.mod

.PHONY: help build page demo test browser screenshots pictures check lint machine race fuzz bench docs proto cross clean

# The page is made when something that it is made of is newer. Without Node the
# rest is made all the same: such a server says in place of the page how to get it.
NPM ?= npm
PAGE := internal/web/dist/page/index.html
PAGE_SOURCES := $(shell find web -name node_modules -prune -o -path web/e2e -prune -o -type f ! -name schema.ts -print) docs/reference/openapi.json

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: page ## build bin/davit
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/davit ./cmd/davit

page: ## build the page from web/, if Node is there
	@if command -v $(NPM) >/dev/null 2>&1; then $(MAKE) --no-print-directory $(PAGE); else \
		echo '*** Node (npm) is not installed: davit is built WITHOUT ITS PAGE. Install Node 20 or newer and make again.' >&2; fi

$(PAGE): $(PAGE_SOURCES) web/node_modules/.package-lock.json
	cd web && $(NPM) run --silent build

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && $(NPM) ci --no-audit --no-fund
	@touch $@

demo: build ## watch good and bad commits go to production, or not
	bin/davit demo $(ARGS)

test: check build ## everything CI runs; the demo is the last test
	GO="$(GO)" ./tools/test
	@if test -d web/node_modules; then cd web && $(NPM) test --silent; else echo 'NOT TESTED: the page, because Node (npm) is not installed' >&2; fi
	bin/davit demo --exit --within 5m

browser: page ## the page in a real browser (Debian's chromium): PAGES=home,audit looks at those only
	$(GO) test -v -count=1 -timeout 60m ./web/e2e

screenshots: page ## take how the page looks now for right; look at the differences before you commit
	$(GO) test -v -count=1 -timeout 60m -run TestPages ./web/e2e -update

pictures: page ## take the pictures and the recording of README and docs, from the running demo
	$(GO) test -v -count=1 -timeout 60m -run TestPictures ./web/e2e -pictures

check: ## formatting, tidiness, vet, static analysis: seconds
	@echo format; out=$$($(TOOL) gofumpt -l $$(git grep -L '^// Code generated .* DO NOT EDIT' -- '*.go')); test -z "$$out" || { echo "$$out"; exit 1; }
	@echo tidy; $(GO) mod tidy -diff
	@echo vet; $(GO) vet ./...
	@echo staticcheck; $(TOOL) staticcheck ./...

lint: ## golangci-lint, pinned by tools/lint/go.mod: minutes to build the first time, seconds then
	$(GO) tool -modfile=tools/lint/go.mod golangci-lint run ./...

machine: ## the tests that need a machine of their own (user-mode-linux; minutes): the clock is set, control groups of version 2
	DAVIT_SLOW_MACHINES=1 $(GO) test ./internal/app ./internal/target/process -run 'TestClockSet|TestLimitsVersion2' -v -timeout 60m

race: ## the tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -shuffle=on -timeout 60m ./...

fuzz: ## each fuzz target for 20 s
	@for f in $$(grep -rlE '^func Fuzz' --include=*_test.go internal); do \
		for t in $$(grep -oE '^func Fuzz[A-Za-z0-9]*' $$f | cut -c6-); do \
			$(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime 20s ./$$(dirname $$f) || exit 1; done; done

bench: ## the figures in docs/performance.md
	$(GO) run ./bench

docs: ## rewrite what is generated from code
	$(GO) test $$(git grep -l 'flag.Bool("update"' -- '*_test.go' ':!web/e2e' | xargs -n1 dirname | sed 's|^|./|') -run 'Reference|Schema|OpenAPI|Golden' -args -update

# The plugins are pinned; protoc itself is Debian's protobuf-compiler and
# libprotobuf-dev, or any from 3.15 on.
PROTOS := evalv1/evaluation evalv2/evaluation syncv1/sync

proto: ## make the Go code of flagd's protocol (needs protoc)
	GOBIN=$(CURDIR)/bin $(GO) install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
	GOBIN=$(CURDIR)/bin $(GO) install connectrpc.com/connect/cmd/protoc-gen-connect-go@v1.20.0
	@for p in $(PROTOS); do \
		protoc -I internal/flagd --plugin=bin/protoc-gen-go --plugin=bin/protoc-gen-connect-go \
			--go_out=internal/flagd --go_opt=paths=source_relative \
			--connect-go_out=internal/flagd --connect-go_opt=paths=source_relative,package_suffix= $$p.proto || exit 1; done

cross: ## build for every platform into dist/
	@for p in linux/amd64 linux/arm64 darwin/arm64; do \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o dist/davit-$${p%/*}-$${p#*/} ./cmd/davit || exit 1; done; ls -l dist

clean: ## remove what was built
	rm -rf bin dist internal/web/dist/page web/node_modules
