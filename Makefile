# Two commands: `make demo` shows the product at work, `make test` runs every test.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

SHIM := .build/guest/libdeterminism.so

.PHONY: help demo test test-guest build debug bench chaos fuzz schemas clean packages

help: ## Show what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## From a merge to a stamped, replayable NAV, in .demo/
	@scripts/demo

test: PACKAGES := --test
test: packages debug ## All tests (Swift, guest SDK, example, third-party verifiers)
	@scripts/test

build: packages $(SHIM) ## The program, at .build/release/assay
	swift build -c release --product assay
	@install -m 0755 $(SHIM) .build/release/libdeterminism.so

debug: $(SHIM)
	swift build --build-tests
	@install -m 0755 $(SHIM) .build/debug/libdeterminism.so

bench: build ## Ratios against the floor, measured side by side
	@scripts/bench

chaos: PACKAGES := --test
chaos: build ## SIGKILLs, full disks, lost lines and clocks that step, against a real daemon; SEED=n repeats one
	@scripts/chaos $(if $(SEED),--seed $(SEED)) $(if $(KILLS),--kills $(KILLS))

fuzz: packages ## A million inputs for what strangers can reach, with libFuzzer
	@scripts/fuzz

schemas: ## Write docs/schemas from the tables that validate
	ASSAY_WRITE_SCHEMAS=1 swift test --filter ManifestsTests

packages: ## Install missing packages of the operating system, or say which
	@scripts/packages $(PACKAGES)

# The shim that gives a guest its clock and random numbers. It ends up in the interpreter closure, so it is plain C
# without any dependency but libc.
$(SHIM): $(wildcard Sources/Executor/Shim/*.c Sources/Executor/Shim/*.h)
	@mkdir -p $(@D)
	clang -shared -O2 -fPIC -Wall -Wextra -Werror -o $@.new $(filter %.c,$^) && mv $@.new $@

clean: ## Remove what was built and the demo
	rm -rf .build .build-fuzz .demo
