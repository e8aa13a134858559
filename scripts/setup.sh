#!/usr/bin/env bash
# Check the prerequisites and make .venv from requirements.lock. Idempotent; says what it does and how long it took.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=0
need() { echo "missing: $1" >&2; missing=1; }

python=$(scripts/find_python) || missing=1
if ! command -v javac >/dev/null || ! command -v java >/dev/null; then
  need "JDK 17: install one (apt install openjdk-17-jdk) and put its bin on the PATH"
elif major=$(javac -version 2>&1 | sed -nE 's/^javac ([0-9]+).*/\1/p'); [ "${major:-0}" -lt 17 ]; then
  need "JDK 17: javac on the PATH is version ${major:-unknown}; install 17 (apt install openjdk-17-jdk)"
fi
command -v mvn >/dev/null || need "Maven: install it (apt install maven) and put mvn on the PATH"
[ "$missing" -eq 0 ] || exit 1

sum=$({ cat requirements.lock; "$python" -V; } | sha256sum | cut -c1-64)
[ "$(cat .venv/.locked 2>/dev/null)" != "$sum" ] || { touch .venv/.locked; exit 0; }

started=$SECONDS
echo "setup: virtual environment .venv with $("$python" -V) from requirements.lock (about 1.5 GB)"
"$python" -m venv --clear .venv
# uv installs the rest of the lock in parallel; it comes from the same lock, by hash.
awk '/^uv==/ {on=1} on {print} on && !/\\$/ {exit}' requirements.lock > .venv/uv.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.lock
.venv/bin/uv pip install --python .venv/bin/python --require-hashes -r requirements.lock
echo "$sum" > .venv/.locked
echo "setup: done in $((SECONDS - started)) s"
