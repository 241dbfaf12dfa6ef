# The whole of it on a fresh Debian or Ubuntu machine with Go and make: `make run`, `make test`.
# The work is done by the scripts in scripts/, which run without make too.
.DEFAULT_GOAL := help
.PHONY: help run setup build test test-all fuzz lint fmt bench cuda kernels-if-gpu gpu-bundle test-cuda clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup kernels-if-gpu build ## set up, build, and watch a small network become sparse under noise (quickstart)
	bin/trainer run --exp quickstart

setup: ## find a C compiler and OpenBLAS, or install them where apt and the rights allow
	@scripts/setup

build: ## compile bin/trainer, with cgo where there is a C compiler
	@scripts/build

test: ## what CI runs: linters, all tests, the race detector, the build without cgo
	@scripts/test

cuda: ## compile the CUDA kernels, with this machine's nvcc or a fetched one; then make build
	@scripts/cuda-build

# A machine with a GPU's driver gets its kernels; where they can't be had, the trainer is built without.
kernels-if-gpu:
	@. scripts/lib.sh; if find_library libcuda.so.1 >/dev/null; then scripts/cuda-build || true; fi

gpu-bundle: ## a folder with all that a GPU machine without Go needs to check and measure itself
	@scripts/gpu-bundle

test-cuda: ## the CUDA path without a GPU: nvcc, and the kernels run on the CPU (scripts/test-cuda)
	@scripts/test-cuda

test-all: ## the slow suites too: statistics, 100 kills, speed against PyTorch (hours)
	@scripts/test-all

fuzz: ## every parser of a file format for ten minutes each, one after the other
	@scripts/fuzz

lint: ## go vet, gofumpt, staticcheck
	@scripts/lint

fmt: ## rewrite the Go files in gofumpt's format, then lint
	@scripts/lint --fix

bench: build ## time the default training step on this machine; scripts/bench-vs-pytorch compares
	bin/trainer bench

clean: ## remove bin/; runs/ is yours, and .cache/ was slow to fetch: both stay
	rm -rf bin
