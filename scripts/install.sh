#!/bin/sh
# Installs labctl for one user, without root:
#
#     curl -fsSL URL/install.sh | sh -s -- --from URL
#     sh install.sh --from dist
#
# POSIX sh, and curl or wget. Everything is in functions and the call is a compound command in the last line, so a
# script that arrived cut short does nothing.

# A hub that serves this script fills these in with its own address, and its certificate's SHA-256.
default_base=''
default_pin=''

usage() {
  cat <<'EOF'
Installs labctl: finds the build for this machine, checks its SHA-256, runs it, and only then puts it in place.

    install.sh [options]
    curl -fsSL URL/install.sh | sh -s -- [options]

  --from FILE|DIR|URL  where builds come from; else LABCTL_INSTALL_BASE
                       DIR, URL: has labctl-<platform> and SHA256SUMS
                       FILE: one executable, with FILE.sha256 or SHA256SUMS beside it, or --sha256
  --sha256 HEX         the digest that the executable must have
  --version V          the version it must have; a '{version}' in DIR or URL becomes V ('latest' without it)
  --dir DIR            where to; else LABCTL_INSTALL_DIR, else ~/.local/bin (root: /usr/local/bin)
  --platform NAME      linux-x64, linux-arm64, linux-x64-musl, linux-arm64-musl, darwin-x64 or darwin-arm64
  --cacert FILE        certificate that an https URL is checked by
  --pin HEX            SHA-256 of the certificate that an https URL must show, whoever signed it (needs openssl)
  --uninstall          removes labctl from that folder; data roots and spools stay
  --help

Exit codes: 0 done, 1 refused, nothing was changed, 2 wrong usage, 75 network or disk trouble, try again.
LABCTL_INSTALL_ROOT (for tests): a folder in whose proc/ and lib/ the machine is looked at, instead of /.
EOF
}

say() { printf '%s\n' "$*"; }

fail() { # code, text
  printf 'install.sh: %s\n' "$2" >&2
  exit "$1"
}

has() { command -v "$1" >/dev/null 2>&1; }

# The first line of a program's output, without its name in front.
first_line() { printf '%s\n' "$1" | sed -n '/./{s/^[a-z]*: //;p;q;}'; }

is_url() { case $1 in http://* | https://*) ;; *) return 1 ;; esac; }

is_digest() {
  [ ${#1} -eq 64 ] && case $1 in *[!0-9a-f]*) return 1 ;; esac
}

# ---- what machine this is -------------------------------------------------------------------------------------------

platform() {
  [ -z "$chosen" ] || { say "$chosen" && return; }
  os=$(uname -s) || fail 1 "uname does not say what system this is; name it with --platform"
  machine=$(uname -m)
  case $os in
    Linux) [ "$(uname -o 2>/dev/null)" != Android ] || fail 1 "there is no build for Android" ;;
    Darwin) ;;
    MINGW* | MSYS* | CYGWIN* | Windows*)
      fail 1 "this script is for Linux and macOS; on Windows download labctl-windows-x64.exe and check it by SHA256SUMS" ;;
    *) fail 1 "there is no build for $os; there are Linux, macOS and Windows (x64, arm64)" ;;
  esac
  case $machine in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) fail 1 "there is no build for a $machine CPU; there are x64 (x86_64) and arm64 (aarch64)" ;;
  esac
  case $os in
    Linux) linux_platform ;;
    # A shell under Rosetta says x86_64.
    Darwin)
      [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" != 1 ] || cpu=arm64
      say "darwin-$cpu" ;;
  esac
}

linux_platform() {
  [ "$(getconf LONG_BIT 2>/dev/null)" != 32 ] ||
    fail 1 "this is a 32-bit system on a $machine CPU; labctl needs a 64-bit one"
  # One x64 file serves CPUs with and without AVX2, down to SSE4.2 (Nehalem, 2008; Bulldozer, 2011).
  if [ "$cpu" = x64 ] && flags=$(grep -m 1 '^flags' "$root/proc/cpuinfo" 2>/dev/null); then
    case " $flags " in
      *' sse4_2 '*) ;;
      *) fail 1 "this CPU has no SSE4.2, which labctl needs (x64 CPUs from about 2011 on have it)" ;;
    esac
  fi
  case $(libc) in
    glibc) say "linux-$cpu" ;;
    musl) say "linux-$cpu-musl" ;;
    *) fail 1 "neither glibc nor musl is to be found here; name the build with --platform linux-$cpu or linux-$cpu-musl" ;;
  esac
}

# ldd belongs to the system's own libc; the loaders of both may lie here. ldd of musl exits 1.
libc() {
  case $(ldd --version 2>&1) in
    *musl*) say musl && return ;;
    *GLIBC* | *'GNU libc'* | *'Free Software Foundation'*) say glibc && return ;;
  esac
  for loader in "$root"/lib64/ld-linux-x86-64.so.2 "$root"/lib/ld-linux-aarch64.so.1; do
    [ ! -e "$loader" ] || { say glibc && return; }
  done
  for loader in "$root"/lib/ld-musl-*.so.1; do
    [ ! -e "$loader" ] || { say musl && return; }
  done
}

# ---- getting and checking -------------------------------------------------------------------------------------------

# Fetches URL into a file. Sets `trouble` to what the program said, and returns its status.
fetch() { # url, file
  url=$1 file=$2
  case $url in https://*) [ -z "$pin" ] || [ -n "$public_key" ] || check_pin "$url" ;; esac
  if has curl; then
    set -- -fsSL --connect-timeout 20 --speed-limit 1 --speed-time 60
    [ -z "$cacert" ] || set -- "$@" --cacert "$cacert"
    # The pin says more than names, dates and signatures do.
    [ -z "$public_key" ] || set -- "$@" -k --pinnedpubkey "sha256//$public_key"
    trouble=$(curl "$@" -o "$file" "$url" 2>&1)
  elif has wget; then
    set --
    [ -z "$cacert" ] || set -- "--ca-certificate=$cacert"
    # GNU's -q hides why it failed, and its 20 tries would last minutes; busybox has neither option.
    case $(wget --version 2>/dev/null) in GNU*) set -- "$@" -nv --tries=2 ;; *) set -- "$@" -q ;; esac
    trouble=$(wget -T 60 "$@" -O "$file" "$url" 2>&1)
  else
    fail 1 "needs curl or wget to download, neither is here; copy the files and use --from FILE or DIR"
  fi
}

# Looks at the certificate of a server, and remembers it as the one to trust if it is that of the pin.
check_pin() { # url
  has openssl || fail 1 "--pin needs openssl, which is not here; take --cacert, or copy the file and use --from FILE"
  server=${1#https://}
  server=${server%%/*}
  case $server in *:*[!]]) ;; *) server=$server:443 ;; esac
  cert=$work/server.pem
  openssl s_client -connect "$server" </dev/null 2>/dev/null | openssl x509 >"$cert" 2>/dev/null ||
    fail 75 "$server shows no certificate: is it reachable, and is it https?"
  shown=$(openssl x509 -in "$cert" -outform DER | openssl dgst -sha256 -r)
  [ "${shown%% *}" = "$pin" ] ||
    fail 1 "$server shows another certificate (${shown%% *}) than --pin says: its pin has changed, or somebody is in between"
  cacert=$cert
  public_key=$(openssl x509 -in "$cert" -noout -pubkey | openssl pkey -pubin -outform DER |
    openssl dgst -sha256 -binary | openssl base64)
}

sha256() { # file
  if has sha256sum; then
    sum=$(sha256sum <"$1")
  elif has shasum; then
    sum=$(shasum -a 256 <"$1")
  elif has openssl; then
    sum=$(openssl dgst -sha256 -r <"$1")
  else
    sum=$(busybox sha256sum <"$1")
  fi && say "${sum%% *}"
}

need_sha256() {
  has sha256sum || has shasum || has openssl || { has busybox && busybox sha256sum </dev/null >/dev/null 2>&1; } ||
    fail 1 "needs sha256sum, shasum, openssl or busybox to check what it installs, none is here"
}

# The digest that a list gives for a name. Names in some lists carry a '*' or a folder.
digest_in() { # list (file), name
  while read -r sum listed _; do
    listed=${listed#\*}
    [ "${listed##*/}" != "$2" ] || { printf '%s' "$sum" | tr A-F a-f && return; }
  done <"$1"
}

# Sets `source` and `digest` to what is to be installed, of FILE, DIR or URL. Writes nothing but in $work.
find_source() {
  case $from in *'{version}'*) from=${from%%\{version\}*}${version:-latest}${from#*\{version\}} ;; esac
  list=
  if is_url "$from"; then
    name=labctl-$(platform) || exit $?
    source=${from%/}/$name
    if [ -z "$digest" ]; then
      list=$work/SHA256SUMS
      fetch "${from%/}/SHA256SUMS" "$list" ||
        fail 75 "cannot get ${from%/}/SHA256SUMS: $(first_line "${trouble:-the connection was lost}")"
    fi
  elif [ -d "$from" ]; then
    name=labctl-$(platform) || exit $?
    source=$from/$name list=$from/SHA256SUMS
    [ -f "$source" ] || fail 1 "$from has no $name: build it with 'bun run build --target ${name#labctl-}'"
  elif [ -f "$from" ]; then
    source=$from name=${from##*/}
    for list in "$from.sha256" "$(dirname -- "$from")/SHA256SUMS"; do [ ! -f "$list" ] || break; done
  else
    fail 1 "--from $from: no such file or folder, and not an http:// or https:// address"
  fi
  [ -z "$digest" ] || return 0
  [ -f "$list" ] || fail 1 "$source comes without a digest: put SHA256SUMS beside it, or pass --sha256 HEX"
  digest=$(digest_in "$list" "$name")
  # A FILE.sha256 may hold the digest alone.
  [ -n "$digest" ] || case $list in *.sha256) read -r digest _ <"$list" ;; esac
  [ -n "$digest" ] || fail 1 "${from%/}: SHA256SUMS has no $name, so there is no build for this machine there"
  is_digest "$digest" || fail 1 "${from%/}: the digest of $name is no SHA-256: '$digest'"
}

# ---- putting it in place --------------------------------------------------------------------------------------------

# Makes the target folder, and remembers the first one that was missing so that a failure can take it back.
make_dir() {
  missing=$dir made=
  while [ ! -d "$missing" ] && [ ! -e "$missing" ]; do
    made="$missing
$made" missing=$(dirname -- "$missing")
  done
  why=$(mkdir -p -- "$dir" 2>&1) ||
    fail 75 "cannot make $dir: $(first_line "$why"); pass --dir with a folder of yours"
}

# Removes what an install that did not finish has made. Runs on every way out.
clean_up() {
  [ -z "$work" ] || rm -rf -- "$work"
  [ -z "$kept" ] || return 0
  # The innermost folder last in the list.
  while [ -n "$made" ]; do
    last=$(printf '%s' "$made" | tail -n 1)
    rmdir -- "$last" 2>/dev/null || return 0
    made=$(printf '%s' "$made" | sed '$d')
  done
}

# True when the target folder's disk takes no more bytes.
disk_full() { ! dd if=/dev/zero of="$work/probe" bs=65536 count=1 2>/dev/null; }

get_source() {
  if is_url "$source"; then
    fetch "$source" "$work/labctl"
  else
    trouble=$(cp -- "$source" "$work/labctl" 2>&1)
  fi && return
  ! disk_full || fail 75 "the disk of $dir is full: free about 130 MB, or pass --dir with another folder"
  fail 75 "cannot get $source: $(first_line "${trouble:-the connection was lost}")"
}

# Says what `labctl --version` of a file prints; fails when it does not run.
version_of() {
  said=$("$1" --version 2>&1 </dev/null) || { first_line "$said" && return 1; }
  first_line "$said"
}

install_labctl() {
  [ -n "$from" ] ||
    fail 2 "where from? pass --from FILE, DIR or URL, or set LABCTL_INSTALL_BASE; --help explains"
  need_sha256
  target=$dir/labctl
  [ ! -d "$target" ] || fail 1 "$target is a folder; move it away or pass --dir"
  make_dir
  # Beside the target: a rename within one file system is the only atomic way to put it there.
  work=$(mktemp -d "$dir/.labctl-install.XXXXXX" 2>&1) || {
    why=$work work=
    fail 75 "cannot write into $dir: $(first_line "$why"); pass --dir with a folder of yours"
  }
  # What a killed install left.
  find "$dir" -maxdepth 1 -name '.labctl-install.*' -mtime +0 -exec rm -rf -- {} + 2>/dev/null
  find_source
  before=
  if [ -f "$target" ]; then
    if [ "$(sha256 "$target")" = "$digest" ] && now=$(version_of "$target") && right_version "$now"; then
      kept=1
      say "$now is in $dir already"
      path_hint
      return
    fi
    before=$(version_of "$target") || before='one that does not run'
  fi
  get_source
  got=$(sha256 "$work/labctl") || fail 75 "cannot read what was downloaded into $dir"
  [ "$got" = "$digest" ] ||
    fail 1 "$source is not what its digest says (expected $digest, got $got): damaged on the way or changed; nothing was installed"
  chmod 755 "$work/labctl" || fail 75 "cannot make $work/labctl executable"
  now=$(version_of "$work/labctl") ||
    fail 1 "the labctl of $source does not run here (${now:-it says nothing}): another libc? a folder mounted noexec? try --platform or --dir"
  right_version "$now" || fail 1 "$source is '$now', not version $version; nothing was installed"
  why=$(mv -f -- "$work/labctl" "$target" 2>&1) || fail 75 "cannot replace $target: $(first_line "$why")"
  kept=1
  say "installed $now into $dir${before:+ (before: $before)}"
  path_hint
}

right_version() { [ -z "$version" ] || [ "$1" = "labctl $version" ]; }

path_hint() {
  case :$PATH: in
    *":$dir:"*)
      first=$(command -v labctl)
      [ -z "$first" ] || [ "$first" = "$target" ] || say "note: $first comes before it on your PATH"
      return ;;
  esac
  case ${SHELL##*/} in
    fish) say "$dir is not on your PATH; to add it: fish_add_path $dir" && return ;;
    zsh) file='~/.zshrc' ;;
    bash) file='~/.bashrc' ;;
    *) file='~/.profile' ;;
  esac
  say "$dir is not on your PATH; to add it: echo 'export PATH=\"$dir:\$PATH\"' >> $file, then open a new shell"
}

uninstall() {
  target=$dir/labctl
  [ ! -d "$target" ] || fail 1 "$target is a folder, not labctl"
  [ -e "$target" ] || [ -L "$target" ] || fail 1 "there is no labctl in $dir; pass --dir with the folder it is in"
  why=$(rm -f -- "$target" 2>&1) || fail 75 "cannot remove $target: $(first_line "$why")"
  say "removed $target"
}

# ---- arguments ------------------------------------------------------------------------------------------------------

known_platform() {
  case $1 in
    linux-x64 | linux-arm64 | linux-x64-musl | linux-arm64-musl | darwin-x64 | darwin-arm64) ;;
    *) fail 2 "--platform $1: expected linux-x64, linux-arm64, linux-x64-musl, linux-arm64-musl, darwin-x64 or darwin-arm64" ;;
  esac
  chosen=$1
}

default_dir() {
  if [ "$(id -u)" = 0 ]; then
    dir=/usr/local/bin
  else
    [ -n "${HOME-}" ] || fail 2 "HOME is not set, so there is no ~/.local/bin: pass --dir"
    dir=$HOME/.local/bin
  fi
}

main() {
  from=${LABCTL_INSTALL_BASE:-$default_base} dir=${LABCTL_INSTALL_DIR-} root=${LABCTL_INSTALL_ROOT-}
  pin=$default_pin given_pin=''
  [ -z "${LABCTL_INSTALL_BASE-}" ] || pin=''
  version='' chosen='' digest='' cacert='' public_key='' what=install_labctl
  work='' made='' kept=''
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h) usage && return ;;
      --uninstall) what=uninstall && shift && continue ;;
      --from=* | --dir=* | --version=* | --sha256=* | --platform=* | --cacert=* | --pin=*)
        option=${1%%=*} value=${1#*=}
        shift ;;
      --from | --dir | --version | --sha256 | --platform | --cacert | --pin)
        [ $# -gt 1 ] || fail 2 "$1 needs a value; --help explains"
        option=$1 value=$2
        shift 2 ;;
      *) fail 2 "unknown argument '$1'; --help lists them" ;;
    esac
    [ -n "$value" ] || fail 2 "$option needs a value; --help explains"
    case $option in
      # The pin of the hub that this script came from is not that of another server.
      --from) from=$value pin=$given_pin ;;
      --dir) dir=$value ;;
      --version) version=${value#v} ;;
      --platform) known_platform "$value" ;;
      --cacert) cacert=$value ;;
      --pin)
        is_digest "$value" || fail 2 "--pin: expected 64 lower-case hexadecimal digits, got '$value'"
        pin=$value given_pin=$value ;;
      --sha256)
        digest=$(printf '%s' "$value" | tr A-F a-f)
        is_digest "$digest" || fail 2 "--sha256: expected 64 hexadecimal digits, got '$value'" ;;
    esac
  done
  [ -n "$dir" ] || default_dir
  case $dir in /*) ;; *) dir=$(pwd)/$dir ;; esac
  [ "$dir" = / ] || dir=${dir%/}
  umask 022
  trap clean_up EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  "$what"
}

{ main "$@"; }
