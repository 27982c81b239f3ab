# SmartBox. `make run` and `make test` need Go and nothing else; `make help` lists the rest.

GO       ?= go
FUZZTIME ?= 20s
SOAK_ROUNDS ?= 500
LINT     := $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
# The race detector needs a C compiler; without one the tests run plain, and say so.
RACE     := $(shell command -v gcc >/dev/null 2>&1 && echo -race)
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
BOX      := ./cmd/smartboxd ./cmd/smartboxctl
SMARTBOX_SKIPS ?= allowed
export SMARTBOX_SKIPS

.PHONY: help run test test-386 soak lint fmt bench crash fuzz build cross deps clean

help: ## list the verbs
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## the whole product: a cloud, and a simulated cabinet in the browser that enrols itself
	$(GO) run ./cmd/smartbox-sim

test: ## all tests
	@command -v gcc >/dev/null 2>&1 || echo "note: no gcc, so the tests run without the race detector (make deps installs it)"
	@for p in chromium:browser mosquitto:broker /usr/lib/postgresql/*/bin/initdb:PostgreSQL; do \
	  command -v $${p%:*} >/dev/null 2>&1 || echo "skipped: the $${p##*:} tests ($${p%:*} is missing; make deps installs it)"; done
	$(GO) test $(RACE) ./...

test-386: ## all tests as a 32-bit program
	GOARCH=386 CGO_ENABLED=0 $(GO) test ./...

soak: ## box and cloud through SOAK_ROUNDS random mishaps: kill -9, cut and half-open lines, restarts
	SMARTBOX_CLUSTER=1 $(GO) test -v -count 1 -run '^TestClusterLosesANode$$' ./cloud/fleet
	SMARTBOX_SOAK_ROUNDS=$(SOAK_ROUNDS) $(GO) test -v -count 1 -timeout 2h -run '^TestSoak$$' ./cmd/internal/together

lint: ## format, vet and lint; the tree must be clean afterwards
	$(LINT) config verify
	$(LINT) run ./...

fmt: ## format
	$(LINT) fmt ./...

bench: ## measure, print a table, write build/figures/box.json
	$(GO) run ./cmd/internal/figures -out build/figures/box.json

crash: ## ten thousand power cuts, every flipped bit and every cut of the journal
	SMARTBOX_CRASH_POINTS=10000 $(GO) test -count=1 -timeout 40m ./storage/journal ./storage/cache

fuzz: ## each fuzz target for FUZZTIME
	@$(GO) list -f '{{.ImportPath}}' ./... | while read -r p; do \
	  $(GO) test -list '^Fuzz' "$$p" | grep '^Fuzz' | while read -r f; do \
	    echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) "$$p" </dev/null || exit 1; \
	  done || exit 1; done

build: ## the programs for this machine, into bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

cross: ## the box's programs for arm64, armv7 and armv6, into bin/<arch>/
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64       $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/arm64/ $(BOX)
	CGO_ENABLED=0 GOOS=linux GOARCH=arm GOARM=7 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/armv7/ $(BOX)
	CGO_ENABLED=0 GOOS=linux GOARCH=arm GOARM=6 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/armv6/ $(BOX)

deps: ## what the tests can use beyond Go, as root on Debian: C compiler, browser, PostgreSQL, mosquitto, Python
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev chromium \
	  postgresql mosquitto swtpm python3-paho-mqtt python3-cbor2 python3-cryptography

clean: ## what was built and simulated
	rm -rf bin build
