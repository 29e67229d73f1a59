# Sourced by scripts/demo and scripts/test, which set `root` and call `prepare`. Needs Bun, or Node
# with npm; what it fetches stays in the checkout, under build/.

say() { printf '%s\n' "$*" >&2; }

is_pinned_bun() { [ -x "$1" ] && [ "$("$1" --version 2>/dev/null)" = "$bun_version" ]; }

# Prints the first runnable Bun of the pinned version that npm has put under $bun_home. npm picks
# platform packages by system, processor and libc; where it cannot tell, running them does. The
# package's own `bun` is only usable after its install script, which npm may have been told to skip.
installed_bun() {
  for candidate in "$bun_home"/node_modules/@oven/bun-*/bin/bun*; do
    if is_pinned_bun "$candidate"; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

fetch_bun() {
  if ! command -v npm >/dev/null 2>&1; then
    say "Bun $bun_version is not here, and neither is npm to fetch it: install either (https://bun.com, https://nodejs.org)."
    return 1
  fi
  say "Fetching Bun $bun_version from npm into $bun_home"
  mkdir -p "$bun_home" &&
    npm install --prefix "$bun_home" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
      --no-update-notifier --loglevel=error "bun@$bun_version" >&2
}

use_pinned_bun() {
  bun_version=$(cat "$root/.bun-version")
  bun_home=$root/build/bun-$bun_version
  found=$(command -v bun 2>/dev/null)
  is_pinned_bun "$found" && return
  if ! found=$(installed_bun); then
    fetch_bun || return 1
    if ! found=$(installed_bun); then
      say "npm has put no Bun $bun_version that runs on this machine into $bun_home: install it from https://bun.com."
      return 1
    fi
  fi
  PATH=$(dirname "$found"):$PATH
  export PATH
}

# Puts the pinned Bun first on PATH, installs the locked dependencies, builds dist/labctl.
prepare() {
  # Both installers keep a cache at home; users of containers may have no home.
  if [ ! -w "${HOME:-/nowhere}" ]; then
    npm_config_cache=$root/build/npm-cache
    BUN_INSTALL_CACHE_DIR=$root/build/bun-cache
    export npm_config_cache BUN_INSTALL_CACHE_DIR
  fi
  use_pinned_bun && cd "$root" && bun install --frozen-lockfile >&2 && bun scripts/build.ts >&2
}
