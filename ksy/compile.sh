#!/usr/bin/env bash
# Regenerates generated/lua53_chunk.py from lua53_chunk.ksy, and the parser of the sketch that benchmarks compare it with: with
# kaitai-struct-compiler 0.11 where it is on the PATH, else with its npm package, in the version that package-lock.json names.
set -euo pipefail
cd "$(dirname "$0")"
if command -v kaitai-struct-compiler > /dev/null && kaitai-struct-compiler --version | grep -q '0\.11'; then
  compile() { kaitai-struct-compiler --target python --outdir "$2" "$1"; }
else
  npm ci --silent --no-audit --no-fund
  compile() { node compile.js "$1" "$2"; }
fi
compile lua53_chunk.ksy ../generated
compile ../benchmarks/sketch/lua53_sketch.ksy ../benchmarks/sketch
