# Thin: every line is a command that can be typed as it stands.
.PHONY: build test demo demo-tasks bench format lint clean help

build:  ## the release program, build/release/bin/albef
	tools/setup
	cmake --preset release
	cmake --build --preset release

test: build  ## the whole suite, then what parses input under AddressSanitizer and UndefinedBehaviorSanitizer
	tools/setup --tests
	ctest --preset release
	cmake --preset asan
	cmake --build --preset asan
	ctest --preset asan

demo: build  ## generated scenes, a small ALBEF pretrained on them, its retrieval scores and a report
	tools/demo

demo-tasks: demo  ## the demo's model fine-tuned for retrieval, visual entailment and NLVR2, a few minutes each
	tools/demo_tasks

bench: build  ## speed at full size, a JSON object each
	build/release/bin/albef bench step --config configs/pretrain.yaml --batch 8
	build/release/bin/albef bench rerank --config configs/pretrain.yaml
	build/release/bin/albef bench encode --config configs/pretrain.yaml
	build/release/bin/albef bench loader --config configs/pretrain.yaml
	build/release/bin/albef bench tokenize --config configs/pretrain.yaml

format:  ## lay out the C++ files
	tools/setup --lint
	git ls-files -co --exclude-standard '*.h' '*.cpp' | xargs clang-format -i

lint:  ## layout, layers, lengths, links, clang-tidy (minutes)
	tools/setup --lint
	git ls-files -co --exclude-standard '*.h' '*.cpp' | xargs clang-format --dry-run -Werror
	tools/check_layers.py
	tools/check_links.py
	cmake --preset lint
	run-clang-tidy -quiet -p build/lint '/(src|apps)/.*\.cpp$$'

clean:  ## all builds; LibTorch and Arrow, where tools/setup fetched them, stay
	find build -mindepth 1 -maxdepth 1 ! -name torch ! -name arrow ! -name test_python -exec rm -rf {} +

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 12
