# Every target does its own set-up, in .venv; all it needs is Python 3.10 or later (and, for `make parser`, Node).
PYTHON ?= python3
BIN := .venv/bin
COMPILED := aidec/kernels/_compiled.c $(wildcard aidec/bytecode/*.cpp aidec/bytecode/kaitai/*.h generated/*.cpp generated/*.h)

.PHONY: help demo test lint types parser extras names corpus bench fuzz clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(BIN)/aidec  ## compile and render examples/demo.lua
	@mkdir -p demo
	$(BIN)/aidec compile examples/demo.lua -o demo/demo.luac
	$(BIN)/aidec render demo/demo.luac -o demo/demo.txt
	@echo; echo "The tokens, in demo/demo.txt, start with:"; echo
	@head -c 700 demo/demo.txt | fold -w 110; echo " ..."
	@echo; echo "The listing (aidec render --pack listing demo/demo.luac) starts with:"
	@$(BIN)/aidec render --pack listing demo/demo.luac > demo/demo.lst; head -16 demo/demo.lst

test: .venv/dev  ## run the tests, against luac 5.3
	@tests/oracles/install_luac.sh
	$(BIN)/pytest -n auto --dist worksteal

lint: .venv/dev  ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev  ## check types
	$(BIN)/mypy

parser: $(BIN)/aidec  ## regenerate what is made of the spec, the tables of instructions and the grammar of Lua
	ksy/compile.sh
	$(BIN)/python ksy/tables.py
	$(BIN)/python ksy/nodes.py

extras: .venv/dev  ## install the core and each extra alone, and run the pages that belong to it
	$(BIN)/python tests/check_extras.py

names: .venv/dev  ## write the table of what templates see, aidec/packs/names.yaml, into the docs
	$(BIN)/python -c 'import pathlib, aidec.packs.names as names; page = pathlib.Path("docs/reference/packs.md"); \
	  page.write_text(names.with_table(page.read_text("utf-8")), "utf-8")'

corpus: .venv/dev  ## compare with luac, tiktoken and transformers on 2,100 real files, and test with more examples; hours
	@tests/oracles/install_luac.sh
	tests/oracles/fetch_corpus.sh
	$(BIN)/pytest -n auto --hypothesis-profile thorough
	$(BIN)/python tests/check_corpus.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_lua.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_decompile.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_mutations.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_lines.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_tokenizers.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_dataset.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_functions.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_evaluation.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_eval.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_behaviour.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_synth.py -n 50000 --files 1000 "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python tests/check_synth_python.py --package algorithms==1.0.1
	$(BIN)/python tests/check_synth_properties.py --each 15
	$(BIN)/python tests/check_synth_dataset.py
	$(BIN)/python tests/check_synth_instruct.py -n 1000
	$(BIN)/python tests/check_eval.py "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"
	$(BIN)/python benchmarks/bench.py --same --corpus "$${AIDEC_CORPUS:-$$HOME/.cache/aidec/corpus}"

bench: .venv/dev  ## measure speed and memory against the plain ways, over an hour
	@tests/oracles/install_luac.sh
	tests/oracles/fetch_corpus.sh
	$(BIN)/python benchmarks/bench.py

fuzz: .venv/fuzz  ## feed load and the reader nonsense, for MINUTES=4
	fuzz/run.sh

clean:  ## remove all that the other targets made
	rm -rf .venv demo build ksy/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "aidec needs Python 3.10 or later; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv

$(BIN)/aidec: pyproject.toml $(COMPILED) | .venv
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev: pyproject.toml $(COMPILED) | .venv
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

.venv/fuzz: pyproject.toml $(COMPILED) | .venv
	$(BIN)/pip install --quiet --editable '.[fuzz]'
	@touch $@
