#!/usr/bin/env bash
# Regenerates generated/lua53_chunk.py from lua53_chunk.ksy: with kaitai-struct-compiler 0.11 where it is on the PATH, else with
# its npm package, in the version that package-lock.json names.
set -euo pipefail
cd "$(dirname "$0")"
if command -v kaitai-struct-compiler > /dev/null && kaitai-struct-compiler --version | grep -q '0\.11'; then
  kaitai-struct-compiler --target python --outdir ../generated lua53_chunk.ksy
else
  npm ci --silent --no-audit --no-fund
  node compile.js lua53_chunk.ksy ../generated
fi
