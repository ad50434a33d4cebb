#!/usr/bin/env bash
# Fuzzes for MINUTES (default 4): a quarter of the time for each of load and read, guided by coverage and by random mutation,
# two processes at a time. Finds stay in fuzz/finds; exits 1 where there is one.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
seconds=$((${MINUTES:-4} * 60 / 2))
finds=fuzz/finds
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$finds"

guided() {
  mkdir "$work/$1"
  "$python" -c '
import sys
from pathlib import Path
from fuzz.seeds import seeds
for number, seed in enumerate(seeds(sys.argv[1])):
    Path(sys.argv[2], str(number)).write_bytes(seed)' "$1" "$work/$1"
  "$python" -m fuzz.guided "$1" "$work/$1" -max_total_time="$seconds" -max_len=65536 -timeout=60 -rss_limit_mb=4096 \
    -artifact_prefix="$finds/$1-guided-" > "$work/$1.log" 2>&1 && status=0 || status=$?
  grep -aE '^(Done|#[0-9]+.*DONE|==|Uncaught)' "$work/$1.log" | sed "s/^/$1, guided: /" || true
  return "$status"
}

failed=0
for target in load read; do
  guided "$target" & guided_job=$!
  "$python" -m fuzz.mutate "$target" --seconds "$seconds" --seed "${SEED:-1}" || failed=1
  wait "$guided_job" || failed=1
done
exit "$failed"
