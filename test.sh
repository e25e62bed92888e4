#!/usr/bin/env bash
# Builds everything once and runs every test. The last line is "N passed, N failed, N skipped".
#   ./test.sh          what every change must pass
#   ./test.sh --full   with the long forms of the tests that have one
# Fails on a failed test, and on a skipped one that .ci/allowed-skips does not name.
set -uo pipefail
cd "$(dirname "$0")" || exit 1

hang_limit=10m # for one test; such a test never ends
for argument in "$@"; do
  case $argument in
    --full) export PENSTOCK_LONG_TESTS=1 hang_limit=60m ;;
    *) echo "usage: ./test.sh [--full]" >&2; exit 64 ;;
  esac
done

# No daemons that outlive the run, and messages that can be parsed.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false

die() { echo "test.sh: $*" >&2; echo "0 passed, 1 failed, 0 skipped"; exit 1; }
warn() { echo "test.sh: $*" >&2; }
has() { command -v "$1" > /dev/null 2>&1; }

has dotnet || die "the .NET 10 SDK is missing; see https://dotnet.microsoft.com/download"

# --- What the tests run besides .NET: a C compiler, ps, and MCP servers from npm --------------------------------------------------------
missing=()
has gcc && echo '#include <stdio.h>' | gcc -E - > /dev/null 2>&1 || missing+=(gcc libc6-dev)
has ps || missing+=(procps)
has node || missing+=(nodejs)
has npm || missing+=(npm)
if ((${#missing[@]})); then
  if has apt-get && [[ $(id -u) == 0 ]]; then
    echo "installing ${missing[*]}"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } > /dev/null \
      || warn "apt-get could not install ${missing[*]}"
  else
    warn "missing: ${missing[*]}. Install them (as root: apt-get install ${missing[*]}); the tests that need them are skipped."
  fi
fi

npm_cache=$PWD/artifacts/npm
npm_wanted='{
  "private": true,
  "dependencies": {
    "@modelcontextprotocol/server": "2.4.0",
    "@modelcontextprotocol/server-everything": "2026.8.31",
    "@modelcontextprotocol/server-filesystem": "2026.8.31",
    "@modelcontextprotocol/server-memory": "2026.8.31",
    "@modelcontextprotocol/server-sequential-thinking": "2026.8.31",
    "mcp-hello-world": "1.1.2"
  }
}'
npm_install() { npm install --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error; }

# The servers need Node 20, which is newer than some distributions' own; npm has it as a plain binary.
node_is_new() { (($(node --version 2> /dev/null | sed 's/^v\([0-9]*\).*/\1/;s/^$/0/') >= 20)); }
if has npm && ! node_is_new; then
  case $(uname -m) in aarch64) architecture=arm64 ;; *) architecture=x64 ;; esac
  node_package=node-linux-$architecture@22.23.3
  node_folder=$PWD/artifacts/node
  if [[ ! -x $node_folder/node_modules/${node_package%@*}/bin/node ]]; then
    echo "installing $node_package"
    mkdir -p "$node_folder"
    echo "{\"private\":true,\"dependencies\":{\"${node_package%@*}\":\"${node_package#*@}\"}}" > "$node_folder/package.json"
    npm_install "$node_folder" || warn "npm could not install $node_package"
  fi
  PATH=$node_folder/node_modules/${node_package%@*}/bin:$PATH
  node_is_new || warn "Node 20 or newer is missing: tests against npm servers may fail."
fi

# npm writes .package-lock.json last: it is there only after a whole install of what package.json names.
if has npm && ! { [[ -f $npm_cache/node_modules/.package-lock.json ]] && cmp -s "$npm_cache/package.json" <(echo "$npm_wanted"); }; then
  echo "installing MCP servers from npm"
  rm -rf "$npm_cache"
  mkdir -p "$npm_cache"
  echo "$npm_wanted" > "$npm_cache/package.json"
  npm_install "$npm_cache" || warn "npm could not install the MCP servers; the tests that need them are skipped."
fi
export PENSTOCK_NPM=$npm_cache/node_modules

# --- Build once, run every test project --------------------------------------------------------------------------------------------------
dotnet build Pipeline.sln -c Release -v quiet -clp:NoSummary || die "the build failed"

results=$PWD/artifacts/tests
rm -rf "$results"
mkdir -p "$results"
total=0 passed=0 failed=0
for project in tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  dotnet test "$project" -c Release --no-build --logger "console;verbosity=minimal" --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    --blame-hang-timeout "$hang_limit" --blame-hang-dump-type none
  exit_code=$?
  report=$results/$name.trx
  counters=$(grep -o '<Counters [^>]*>' "$report" 2> /dev/null)
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters" | grep . || echo 0; }
  project_failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
  if ((exit_code != 0 && project_failed == 0)); then
    warn "the test run of $name broke off (exit code $exit_code)"
    project_failed=1
  fi
  total=$((total + $(count total)))
  passed=$((passed + $(count passed)))
  failed=$((failed + project_failed))
done

# --- The packages, as those who use them get them: one more test ---------------------------------------------------------------------------
echo "== packages"
total=$((total + 1))
if .ci/packages Release; then passed=$((passed + 1)); else failed=$((failed + 1)); fi

# --- Skipped tests need a reason that somebody agreed to -----------------------------------------------------------------------------------
skipped=0 refused=0
while IFS= read -r test; do
  skipped=$((skipped + 1))
  if ! grep -v '^#' .ci/allowed-skips | awk '{ print $1 }' | grep -qxF -- "${test%%(*}"; then
    warn "skipped, and not in .ci/allowed-skips: $test"
    refused=$((refused + 1))
  fi
done < <(cat "$results"/*.trx 2> /dev/null | grep -o '<UnitTestResult [^>]*outcome="NotExecuted"[^>]*>' | sed 's/.* testName="\([^"]*\)".*/\1/' | sort)

((total > 0)) || { warn "no test ran"; failed=$((failed + 1)); }
echo "$passed passed, $failed failed, $skipped skipped"
((failed == 0 && refused == 0))
