#!/bin/sh
# The whole loop, offline: copies this folder into a git checkout of its own, lets labctl try the six
# recorded changes, and shows what came of them. Usage: run.sh [FOLDER]; LABCTL names the program.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
labctl=${LABCTL:-labctl}
dir=${1:-$(mktemp -d)}
mkdir -p "$dir"
cp -R "$here/." "$dir"
cd "$dir"
unset HERMES_LAB_DATA_ROOT
git init -q
git add -A
git -c user.name=You -c user.email=you@localhost commit -q -m "A slow sort"

"$labctl" init
"$labctl" create spec.yaml
"$labctl" run-once --max-runs 6
echo
"$labctl" runs improve-code
echo
git log --oneline
git status --short
echo
echo "The lab is in $dir; look at lab-data/experiments/improve-code/runs/"
