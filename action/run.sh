#!/usr/bin/env bash
# The step of action.yml: installs modelparity from the checkout around this file, verifies a model, and reports.
#
# Takes the inputs as INPUT_<NAME>, and of GitHub's variables RUNNER_TEMP, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY.
# Exits as `modelparity verify` does.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly checkout folder=$RUNNER_TEMP/modelparity
readonly json=$folder/report.json junit=$folder/report.xml html=$folder/report.html markdown=$folder/report.md

# Words may stand on several lines, and `*` in them is meant for modelparity.
set -o noglob
runtimes=($INPUT_RUNTIMES)
extras=($INPUT_EXTRAS)
arguments=($INPUT_ARGUMENTS)

for runtime in "${runtimes[@]}"; do
  if [[ $runtime == *[*?]* ]]; then
    echo "modelparity: runtimes: got '$runtime', want names, by which the packages are known; see docs/install.md" >&2
    exit 2
  fi
  extras+=("${runtime%%/*}")
  arguments+=(--runtime "$runtime")
done
# Anything but a bundle is made into one first.
[ -f "$INPUT_MODEL/manifest.json" ] || extras+=(export)
for option in expectations atol rtol; do
  input=INPUT_${option^^}
  [ -z "${!input}" ] || arguments+=("--$option" "${!input}")
done

# An environment of its own: a system's Python may refuse packages, and the job's has the versions that it has.
python3 -m venv "$folder/venv"
package=$checkout
[ ${#extras[@]} = 0 ] || package+="[$(IFS=,; echo "${extras[*]}")]"
"$folder/venv/bin/python" -m pip install --quiet "$package"

rm -f "$json" "$junit" "$html" "$markdown"
status=0
"$folder/venv/bin/modelparity" verify "$INPUT_MODEL" --json "$json" --junit "$junit" --html "$html" \
  --markdown "$markdown" "${arguments[@]}" || status=$?

# The last that is written.
if [ -f "$markdown" ]; then
  printf '%s=%s\n' json "$json" junit "$junit" html "$html" >>"$GITHUB_OUTPUT"
  cat "$markdown" >>"$GITHUB_STEP_SUMMARY"
else
  echo "**modelparity**: nothing was verified; the log of this step says why." >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
