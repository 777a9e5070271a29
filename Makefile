# Everything that is done with this project is done from here; `make` alone tells what there is.
# Needed beforehand: Go, Node with npm, Python 3 with venv, make and git. Everything else goes below .tools, but for Chromium (`make tools` tells).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PORTAL := frontend/portal
MODULES := $(PORTAL)/node_modules/.package-lock.json
DIST := $(PORTAL)/dist/index.html
LINT := .tools/bin/golangci-lint
CDK := .tools/cdk/node_modules/.bin/cdk
STAGE ?= dev
# The CDK warns of calls that it makes itself, and of a version of Node with which it works.
export JSII_DEPRECATED := quiet
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

GO_FOLDERS := $(wildcard cmd events frontend/*.go functions infra scripts shared)
PORTAL_SOURCES := $(shell find $(PORTAL) \( -name node_modules -o -name dist -o -name e2e -o -name test-results \) -prune -o -type f -print 2>/dev/null)

# Two jobs at a time: the pieces are heavy, and two cores are what CI has. Output comes piece by piece.
PARALLEL := $(MAKE) --no-print-directory -j2 --output-sync=target

.PHONY: help
help: ## Tell what there is (this list)
	@awk 'BEGIN { FS = ":.*## " } \
		/^## / { printf "\n%s\n", substr($$0, 4) } \
		/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

## Use it

.PHONY: run
run: build ## Build everything, start the platform with one agent and its vault, and print the address and a sign-in link
	@exec build/tierkeep run

.PHONY: demo
demo: build restic ## Do the main job with a real restic client, and print what the platform recorded
	@go run ./scripts/demo

.PHONY: build
build: $(DIST) ## Build the portal when it is stale, and both programs into build/
	@mkdir -p build
	CGO_ENABLED=0 go build -trimpath -o build/ ./cmd/tierkeep ./cmd/tierkeep-agent

.PHONY: lambdas
lambdas: ## Build the zip of every Lambda function into build/lambda/arm64, and tell their sizes
	go run ./scripts/package

## Put it on AWS

.PHONY: synth
synth: lambdas ## Write the stack of STAGE (dev, or prod) into cdk.out
	@rm -rf cdk.out
	go run ./infra -stage $(STAGE)

.PHONY: bootstrap
bootstrap: $(CDK) ## Prepare the account and the region of your credentials for deploying, once
	go run ./infra -stage $(STAGE) -without-code
	$(CDK) bootstrap --app cdk.out

.PHONY: diff
diff: synth $(CDK) ## Show what deploying STAGE would change in the account of your credentials
	$(CDK) diff --app cdk.out tierkeep-$(STAGE)

.PHONY: deploy
deploy: synth $(CDK) $(DIST) ## Bring STAGE up to date: stack first, then the portal's files (docs/deploy.md)
	$(CDK) deploy --app cdk.out tierkeep-$(STAGE)
	go run ./scripts/deploy -site -stack tierkeep-$(STAGE)

.PHONY: sign-in
sign-in: ## Print a one-time link for the first owner of STAGE on AWS; the first time it plants the supplier (docs/deploy.md)
	@go run ./cmd/tierkeep aws-sign-in --stage $(STAGE)

.PHONY: destroy
destroy: $(CDK) ## Remove STAGE with all its data; a stage that keeps its data is refused
	go run ./infra -stage $(STAGE) -disposable
	go run ./infra -stage $(STAGE) -without-code
	go run ./scripts/deploy -empty -stack tierkeep-$(STAGE)
	$(CDK) destroy --app cdk.out tierkeep-$(STAGE)

.PHONY: queues
queues: ## Show the dead letters of STAGE
	@go run ./cmd/tierkeep-aws -stage $(STAGE) queues

.PHONY: replay
replay: ## Send the dead letters of QUEUE in STAGE again
	@go run ./cmd/tierkeep-aws -stage $(STAGE) replay $(QUEUE)

## Prove it

.PHONY: test
test: ## Set everything up and run all tests: portal, browser, Go
	@$(PARALLEL) test-setup
	@$(MAKE) --no-print-directory test-portal
	@$(MAKE) --no-print-directory test-browser
	@$(MAKE) --no-print-directory test-go
	@$(MAKE) --no-print-directory test-infra

.PHONY: test-go
test-go: restic ministack ## Run the Go tests of every package, those of AWS beside one emulator
	go run ./scripts/emulator -- go test -timeout 15m $$(go list ./... | grep -v '/infra$$')

.PHONY: test-infra
test-infra: ministack ## Run the tests of the stack, and deploy it onto an emulator
	go test -timeout 15m ./infra

# What runs on AWS: the adapters of the ports.
AWS_ADAPTERS = $$(go list ./shared/port/.../aws)

.PHONY: test-localstack
ifdef AWS_ENDPOINT_URL
test-localstack: ## Run the suites of the AWS adapters against LocalStack, here or at AWS_ENDPOINT_URL, and tell what it lacks
	go run ./scripts/emulator -kind localstack -at $(AWS_ENDPOINT_URL) -- go test -count=1 -timeout 15m $(AWS_ADAPTERS)
else
test-localstack: localstack
	go test -count=1 -run '^$$' $(AWS_ADAPTERS) >/dev/null
	go run ./scripts/emulator -kind localstack -- go test -count=1 -timeout 15m $(AWS_ADAPTERS)
endif

.PHONY: test-aws
test-aws: ## Run the suites of the AWS adapters in the account of your credentials; what they make they remove
	TIERKEEP_TEST_AWS=1 go test -count=1 -timeout 30m $(AWS_ADAPTERS)

.PHONY: test-portal
test-portal: $(MODULES) ## Run the portal's own tests
	npm --prefix $(PORTAL) run test

.PHONY: test-browser
test-browser: build restic chromium ## Click through the journey in a real Chromium
	npm --prefix $(PORTAL) run e2e

.PHONY: bench
bench: ## Measure side by side with what we compare with; writes docs/benchmarks.md and build/bench.json
	go run ./scripts/bench

.PHONY: check
check: ## Hold everything against the rules; CI runs this first
	@$(PARALLEL) check-generated check-format check-arch check-vet check-lint check-portal check-infra

.PHONY: check-generated
check-generated: $(MODULES) ## Fail if a generated file is stale
	go run ./scripts/generate -check
	npm --prefix $(PORTAL) run --silent types -- --check

.PHONY: check-format
check-format: ## Fail if a Go file is not formatted
	@unformatted=$$(gofmt -l $(GO_FOLDERS)); \
	if [[ -n "$$unformatted" ]]; then printf 'not formatted (run make format):\n%s\n' "$$unformatted" >&2; exit 1; fi

.PHONY: check-arch
check-arch: ## Fail if a package imports what it may not, or a use case asks for no right
	go test ./shared/archtest

.PHONY: check-vet
check-vet: ## Run go vet
	go vet ./...

.PHONY: check-lint
check-lint: lint-tool ## Run golangci-lint, with a cache of its own: another checkout's would report that one's paths
	GOLANGCI_LINT_CACHE=$(CURDIR)/.tools/cache/golangci-lint $(LINT) run ./...

.PHONY: check-infra
check-infra: cfn-lint ## Hold the template of every stage against CloudFormation's rules
	@rm -rf build/infra
	go run ./infra -stage dev -without-code -out build/infra/dev
	go run ./infra -stage prod -without-code -out build/infra/prod
	.tools/python/cfn-lint/bin/cfn-lint

.PHONY: check-portal
check-portal: $(MODULES) ## Run biome and the TypeScript compiler over the portal
	npm --prefix $(PORTAL) run check

.PHONY: cost
cost: ministack ## Print what 1,000 accounts cost a month on AWS, from counted units and list prices
	@go run ./scripts/emulator -- go run ./scripts/cost

## Work on it

.PHONY: generate
generate: $(MODULES) ## Write the generated files anew where they are stale
	go run ./scripts/generate

.PHONY: format
format: ## Format all Go files
	gofmt -w $(GO_FOLDERS)

.PHONY: screenshots
screenshots: build restic chromium ## Write pictures of the main pages to docs/screenshots
	npm --prefix $(PORTAL) run screenshots

.PHONY: tools
tools: restic ministack localstack cfn-lint lint-tool chromium ## Install the tools of tests and checks into .tools

.PHONY: clean
clean: ## Remove what was built; tools and data stay
	git clean -q -fdX build $(PORTAL)/dist

# What the targets above stand on.

.PHONY: test-setup restic ministack localstack cfn-lint lint-tool chromium
test-setup: restic ministack chromium build

restic ministack localstack cfn-lint:
	@go run ./scripts/tools $@

lint-tool:
	@go run ./scripts/tools golangci-lint

chromium:
	@go run ./scripts/tools chromium

# The CDK's command line is kept away from the Go packages: it brings templates that look like some.
$(CDK): infra/cdk/package-lock.json
	@mkdir -p .tools/cdk
	@cp infra/cdk/package.json infra/cdk/package-lock.json .tools/cdk/
	npm --prefix .tools/cdk ci --no-audit --no-fund --loglevel=error
	@touch $@

$(MODULES): $(PORTAL)/package-lock.json
	npm --prefix $(PORTAL) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(DIST): $(MODULES) $(PORTAL_SOURCES)
	npm --prefix $(PORTAL) run build
	@touch $@
