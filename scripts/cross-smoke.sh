#!/bin/sh
# Builds labctl for other platforms and starts each: `--version`, then `new`, `init` and `validate` in a fresh folder.
# On x64 Debian 12, with the pinned Bun on PATH and
#
#     apt-get install qemu-user-static libc6-arm64-cross musl gcc wine wine64 gcc-mingw-w64-x86-64-win32
#
# What needs a package that is not here is skipped, and said. Emulation shows that a build starts; it replaces no machine.
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1
dist=$root/dist
work=$(mktemp -d) || exit 1
trap 'wineserver -k 2>/dev/null; rm -rf "$work"' EXIT
failed=0

row() { printf '%-28s %-9s %s\n' "$1" "$2" "$3"; }

# Runs `"$@" labctl-arguments` in a folder of its own; says how long the start took.
smoke() { # label, words that start labctl
  label=$1 lab=$work/lab-$1
  shift
  mkdir "$lab" && cd "$lab" || exit 1
  # The first start of Wine makes its prefix.
  "$@" --version >/dev/null 2>&1
  begin=$(date +%s%N)
  said=$(timeout 120 "$@" --version 2>"$work/err") || said=
  ms=$((($(date +%s%N) - begin) / 1000000))
  case $said in
    "labctl $version"*) ;;
    *)
      row "$label" FAILED "--version: ${said:-$(tail -n 1 "$work/err")}"
      failed=1
      return ;;
  esac
  for step in 'new autoresearch-generic demo' init 'validate demo/spec.yaml'; do
    # shellcheck disable=SC2086 # the words of a step
    if ! timeout 120 "$@" $step >"$work/out" 2>&1; then
      row "$label" FAILED "$step: $(tail -n 1 "$work/out")"
      failed=1
      return
    fi
  done
  row "$label" ok "--version in $ms ms; new, init and validate work"
}

# True when all programs and files are here.
needs() { # label, names
  label=$1
  shift
  for name in "$@"; do
    case $name in
      /*) [ -e "$name" ] ;;
      *) command -v "$name" >/dev/null 2>&1 ;;
    esac && continue
    row "$label" skipped "$name is not here"
    return 1
  done
}

mach_o() { # platform
  if said=$(bun "$root/scripts/mach-o/check.ts" "$dist/labctl-$1" 2>&1); then
    row "$1" ok "$said; cannot be run here"
  else
    row "$1" FAILED "$said"
    failed=1
  fi
}

version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$root/package.json")
set --
for target in linux-x64 linux-arm64 linux-x64-musl windows-x64 darwin-x64 darwin-arm64; do
  set -- "$@" --target "$target"
done
(cd "$root" && bun scripts/build.ts "$@") >&2 || exit 1
export WINEPREFIX="$work/wine" WINEDEBUG=-all HOME="$work"

if needs linux-arm64 qemu-aarch64-static /usr/aarch64-linux-gnu/lib/libc.so.6; then
  smoke linux-arm64 qemu-aarch64-static -L /usr/aarch64-linux-gnu "$dist/labctl-linux-arm64"
fi
if needs linux-x64-nehalem qemu-x86_64-static; then
  smoke linux-x64-nehalem qemu-x86_64-static -cpu Nehalem "$dist/labctl-linux-x64"
fi
if needs linux-x64-musl gcc /lib/ld-musl-x86_64.so.1; then
  lib=$work/lib
  mkdir "$lib"
  cp /usr/lib/x86_64-linux-gnu/libstdc++.so.6 /lib/x86_64-linux-gnu/libgcc_s.so.1 "$lib" &&
    gcc -O1 -shared -fPIC -nostdlib -o "$lib/ld-linux-x86-64.so.2" "$root/scripts/cross-smoke/musl-shim.c" \
      -Wl,-soname,ld-linux-x86-64.so.2 || exit 1
  smoke linux-x64-musl env LD_LIBRARY_PATH="$lib" "$dist/labctl-linux-x64-musl"
fi
if needs windows-x64 wine x86_64-w64-mingw32-gcc; then
  mkdir "$work/windows"
  x86_64-w64-mingw32-gcc -shared -o "$work/windows/bcryptprimitives.dll" "$root/scripts/cross-smoke/bcryptprimitives.c" \
    -ladvapi32 && cp "$dist/labctl-windows-x64.exe" "$work/windows/labctl.exe" || exit 1
  smoke windows-x64 wine "$work/windows/labctl.exe"
fi
mach_o darwin-x64
mach_o darwin-arm64
exit "$failed"
