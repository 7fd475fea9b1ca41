# Thin wrappers around the package manager and the scripts.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build test bench bench-pixels bench-sources bench-kernels bench-peers bench-serving edges upscale \
  upscale-check faces faces-check fashion fashion-mpi fuzz fuzz-files soak check check-c-kernels check-flavours \
  check-large check-wide check-address check-threads check-arm64 format lint docs size

# Unoptimised, the kernels and the reference that they are compared with are a dozen times slower, and the tests with them.
TEST_FLAGS ?= -Xcc -O2 -Xswiftc -O
# Options of conv2d-bench, as in make bench ARGUMENTS="--threads 1 --network ResNet-50".
ARGUMENTS ?=
# Cases and further options of fuzz-layers, as in make fuzz CASES=1 FUZZ_ARGUMENTS="--seed 42 --verbose".
CASES ?= 20000
FUZZ_ARGUMENTS ?=
BENCHMARK = Benchmarks/.build/release/conv2d-bench
PHOTOGRAPH = .build/photograph/astronaut.png
SHEET = .build/photograph/padding-modes.png
UPSCALED = .build/photograph/upscaled.png
BLURRED = .build/photograph/faces.png
NETWORKS = .build/networks
REALESRGAN = $(NETWORKS)/realesrgan-x4plus
CENTERFACE = $(NETWORKS)/centerface
ALL_SOURCES = find . -name '.?*' -prune -o -name '*.swift' -print0

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

# To standard error, as all that bench prints before its report.
setup: ## Check for Swift; install libopenblas-dev if it is missing
	@Scripts/setup >&2

build: setup ## Build the package, optimised
	swift build -c release

test: setup ## Run the tests
	swift test $(TEST_FLAGS)

# Standard output is the report alone, so that --format json can be piped: bash says on standard error what it runs.
bench: setup ## Race the naive reference (ARGUMENTS="layers --help" lists options; KEEP_OPENBLAS_ENV=1 keeps OPENBLAS_*)
	@set -x; swift build --package-path Benchmarks -c release --product conv2d-bench >&2
	@Scripts/without-openblas-variables Scripts/with-openblas-core $(BENCHMARK) $(BENCHMARK) $(ARGUMENTS)

bench-pixels: setup ## Time bytes of an image to a tensor and back against a copy of the tensor
	swift build --package-path Benchmarks -c release --product conv2d-bench >&2
	@$(BENCHMARK) pixels $(ARGUMENTS)

bench-sources: setup ## Time every source of pixels of implicit GEMM, forced, at every level: the table of the article Architecture
	CONVOLUTION_SOURCE_TIMES=1 swift test $(TEST_FLAGS) --filter SourceTimes

bench-kernels: setup ## Time each kernel of the table alone, at every level, with its share of the peak
	CONVOLUTION_KERNEL_TIMES=1 swift test $(TEST_FLAGS) --filter KernelTimes

bench-peers: setup ## Race PyTorch, ONNX Runtime, OpenVINO and MLX (installs them into Benchmarks/.venv)
	swift build --package-path Benchmarks -c release --product conv2d-bench >&2
	@Scripts/without-openblas-variables Scripts/with-openblas-core $(BENCHMARK) Benchmarks/peers/run $(ARGUMENTS)

bench-serving: setup ## How this library and others serve: latency under quotas and load, memory over changing sizes
	swift build --package-path Benchmarks -c release --product conv2d-bench >&2
	@Scripts/without-openblas-variables Benchmarks/serving/run latency
	@Scripts/without-openblas-variables Benchmarks/serving/run memory

fuzz: setup ## Check CASES random layers (20000) against the reference, through every algorithm
	swift build --package-path Fuzzing -c release --product fuzz-layers
	Fuzzing/.build/release/fuzz-layers --cases $(CASES) $(FUZZ_ARGUMENTS)

soak: ## Check the same layers over and over for an hour; memory must not grow
	$(MAKE) fuzz CASES=300 FUZZ_ARGUMENTS="--soak 60"

fuzz-files: setup ## Feed the file readers with what libFuzzer makes up, under AddressSanitizer (SECONDS_TO_RUN=600)
	Scripts/fuzz-files $(SECONDS_TO_RUN)

CHECKS = check-flavours check-c-kernels check-wide fuzz check-large check-address check-threads
check: ## Tests under each build of OpenBLAS, the C kernels for musl and arm64, the widest kernels on AVX2, fuzzing, large images, the tests under three sanitizers; how long each took
	@export TIMEFORMAT='%R seconds'; for part in $(CHECKS); do \
	  echo "== $$part"; time $(MAKE) --no-print-directory $$part || exit 1; done

check-c-kernels: setup ## The C of the libraries compiled for musl and arm64 Linux, and run there against plain loops
	Scripts/check-c-kernels

check-flavours: setup ## The tests under the pthread, OpenMP and serial builds of OpenBLAS
	TEST_FLAGS="$(TEST_FLAGS)" Scripts/check-openblas-flavours

check-large: setup ## Images whose columns pass 32 bits; needs 9 GB
	CONVOLUTION_LARGE_TESTS=1 swift test $(TEST_FLAGS) --filter ProcessTests

check-wide: setup ## The kernels of AVX-512 compiled for AVX2: their logic on a processor that lacks it
	Scripts/check-wide-kernels --filter KernelTests

# A test asks for memory that no machine has; without the option a sanitizer ends the process there. Optimised, the tests
# take a tenth of the time.
check-address: setup ## The tests under AddressSanitizer, undefined behaviour of the C kernels trapped
	ASAN_OPTIONS=allocator_may_return_null=1 swift test $(TEST_FLAGS) --scratch-path .build-address --sanitize=address \
	  -c release -Xswiftc -enable-testing \
	  -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --disable-xctest --skip 'ProcessTests|ForkTests|OpenBLASTests'

check-threads: setup ## What uses several threads, under ThreadSanitizer
	TSAN_OPTIONS=allocator_may_return_null=1 swift test $(TEST_FLAGS) --scratch-path .build-thread --sanitize=thread --disable-xctest --no-parallel \
	  --filter 'LoadTests|ConcurrencyTests|ThreadTests|RuntimeTests|WorkerTests|SubnormalTests|threadsAndBatch|threadsChangeNothing'

check-arm64: ## The tests built for arm64 Linux and run under emulation (needs root and 3 GB; ARGUMENTS=--all for every test)
	Scripts/check-arm64 $(ARGUMENTS)

format: ## Format all Swift and C sources
	$(ALL_SOURCES) | xargs -0 swift format --in-place
	@Scripts/install-packages clang-format-14
	Scripts/format-kernels

lint: ## Check the format of all Swift and C sources
	@# The system stands behind Sources/CConvolutionKernels/System, for every C library.
	! grep -rnE --include='*.swift' --exclude-dir='*.docc' 'import (Glibc|Musl|Bionic|Android|Darwin|Foundation)\b' Sources
	$(ALL_SOURCES) | xargs -0 swift format lint --strict
	@Scripts/install-packages clang-format-14
	Scripts/format-kernels --check

docs: setup ## Build the documentation into .build/docs and .build/docs-layers; warnings and symbols without example are errors
	Scripts/build-docs

edges: setup ## Filter a photograph under the four padding modes (PHOTO=mine.png for one of your own)
	@Scripts/install-packages libpng-dev
	$(if $(PHOTO),,Scripts/fetch-photograph $(PHOTOGRAPH))
	swift build --package-path Examples -c release --product edges
	@mkdir -p $(dir $(SHEET))
	Examples/.build/release/edges "$(or $(PHOTO),$(PHOTOGRAPH))" $(SHEET) --filter blur --sheet
	@echo "The four padding modes: $(SHEET)"

$(REALESRGAN).safetensors: Scripts/ncnn-to-safetensors.py Scripts/whole_file.py
	Scripts/fetch-networks realesrgan
	python=$$(Scripts/python-environment $(NETWORKS)/safetensors numpy safetensors) && \
	  $$python Scripts/ncnn-to-safetensors.py $(REALESRGAN).param $(REALESRGAN).bin $@

$(CENTERFACE).safetensors: Scripts/onnx-to-safetensors.py Scripts/whole_file.py
	Scripts/fetch-networks centerface
	python=$$(Scripts/python-environment $(NETWORKS)/onnx onnx numpy safetensors) && \
	  $$python Scripts/onnx-to-safetensors.py $(CENTERFACE).onnx $@ --number

upscale: setup $(REALESRGAN).safetensors ## Enlarge a photograph four times by Real-ESRGAN (PHOTO=mine.png for one of your own)
	@Scripts/install-packages libpng-dev
	$(if $(PHOTO),,Scripts/fetch-photograph $(PHOTOGRAPH))
	swift build --package-path Examples -c release --product upscale
	@mkdir -p $(dir $(UPSCALED))
	Examples/.build/release/upscale "$(or $(PHOTO),$(PHOTOGRAPH))" $(UPSCALED) $(if $(PHOTO),,--crop 44,164,120,120 --sheet)
	@echo "$(if $(PHOTO),Four times as large,Before and after): $(UPSCALED)"

upscale-check: setup $(REALESRGAN).safetensors ## The same weights in PyTorch (installs it into .build): difference of the pictures, both times
	@Scripts/install-packages libpng-dev
	Scripts/fetch-photograph $(PHOTOGRAPH)
	swift build --package-path Examples -c release --product upscale
	@python=$$(Scripts/python-environment $(NETWORKS)/pytorch torch==2.13.0 safetensors numpy pillow) && \
	  Scripts/without-openblas-variables $$python Scripts/check_upscale.py

faces: setup $(CENTERFACE).safetensors ## Find the faces in a photograph by CenterFace and blur them (PHOTO=mine.png for one of your own)
	@Scripts/install-packages libpng-dev
	$(if $(PHOTO),,Scripts/fetch-photograph $(PHOTOGRAPH))
	swift build --package-path Examples -c release --product faces
	@mkdir -p $(dir $(BLURRED))
	Examples/.build/release/faces "$(or $(PHOTO),$(PHOTOGRAPH))" $(BLURRED) $(if $(PHOTO),,--crop 0,96,256,256 --sheet)
	@echo "$(if $(PHOTO),Blurred,Before and after): $(BLURRED)"

faces-check: setup $(CENTERFACE).safetensors ## The same network in ONNX Runtime (installs it into .build): difference of the outputs, both times
	@Scripts/install-packages libpng-dev
	Scripts/fetch-photograph $(PHOTOGRAPH)
	swift build --package-path Examples -c release --product faces
	@python=$$(Scripts/python-environment $(NETWORKS)/onnxruntime onnxruntime onnx numpy pillow) && \
	  Scripts/without-openblas-variables $$python Scripts/check_faces.py

fashion: setup ## Train a small network on Fashion-MNIST (ARGUMENTS="--epochs 1")
	@Scripts/install-packages zlib1g-dev dataset-fashion-mnist
	swift build --package-path Examples -c release --product fashion
	@Scripts/without-openblas-variables Examples/.build/release/fashion $(ARGUMENTS)

RANKS ?= 2
fashion-mpi: setup ## The same in RANKS processes (2) of Open MPI, which share every batch
	@Scripts/install-packages zlib1g-dev dataset-fashion-mnist libopenmpi-dev openmpi-bin
	swift build --package-path Examples -c release --product fashion-mpi
	@Scripts/without-openblas-variables Scripts/run-ranks $(RANKS) Examples/.build/release/fashion-mpi $(ARGUMENTS)

size: setup ## Report the stripped size of a static client
	Scripts/report-size
