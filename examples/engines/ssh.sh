#!/bin/sh
# An engine for `labctl burst --engine exec:examples/engines/ssh.sh`: it starts workers on hosts that
# ssh reaches. One request a line on standard input, one answer a line on standard output; see
# docs/engines.md. Needs sh and awk here, sh on the hosts, and ssh that asks for no password.
#
#   LAB_SSH_HOSTS  the hosts, separated by spaces (or the arguments of this script)
#   LAB_SSH_JOBS   jobs on one host at a time (default 1)
#
# On a host, each job is a folder ~/.labctl-jobs/<tag>: input, script, output, pid, and exit when it
# has ended. The folder is made by mkdir, which succeeds once: a tag is never started twice.

set -u
HOSTS=${*:-${LAB_SSH_HOSTS:-}}
JOBS=${LAB_SSH_JOBS:-1}
TAB=$(printf '\t')

# ---- JSON ---------------------------------------------------------------------------------------

# A JSON document as lines "path<TAB>value", as .params.jobs.0.tag. A text keeps its escapes in the
# form that printf %b undoes.
flat() {
  awk '
    function blank() { while (substr(s, i, 1) ~ /[ \t\r]/) i++ }
    function string(    out, c) {
      i++; out = ""
      while (i <= length(s)) {
        c = substr(s, i, 1); i++
        if (c == "\"") return out
        if (c != "\\") { out = out c; continue }
        c = substr(s, i, 1); i++
        if (c == "u") { out = out unicode(substr(s, i, 4)); i += 4 }
        else if (c == "\"" || c == "/") out = out c
        else out = out "\\" c
      }
      return out
    }
    # Only control characters are written so by labctl.
    function unicode(hex) { return sprintf("\\0%o", digit(substr(hex, 3, 1)) * 16 + digit(substr(hex, 4, 1))) }
    function digit(c) { return index("0123456789abcdef", tolower(c)) - 1 }
    function value(path,    c, key, n, from) {
      blank(); c = substr(s, i, 1)
      if (c == "\"") { print path "\t" string(); return }
      if (c == "{" || c == "[") {
        i++; n = 0; blank()
        if (substr(s, i, 1) == (c == "{" ? "}" : "]")) { i++; return }
        do {
          blank()
          if (c == "{") { key = string(); blank(); i++ } else key = n
          value(path "." key); n++; blank(); i++
        } while (substr(s, i - 1, 1) == ",")
        return
      }
      from = i
      while (i <= length(s) && substr(s, i, 1) !~ /[],}]/) i++
      print path "\t" substr(s, from, i - from)
    }
    { s = $0; i = 1; value("") }
  '
}

# The value at a path of $request, as it is; nothing when there is none.
get() {
  printf '%b' "$(printf '%s\n' "$request" | awk -F '\t' -v path="$1" '
    $1 == path { sub(/^[^\t]*\t/, ""); print; exit }')"
}

has() { printf '%s\n' "$request" | grep -q "^$1$TAB"; }

# A text as JSON.
text() {
  printf '%s' "$1" | tr '\n\t\r' '   ' | tr -d '\000-\037' | sed 's/[\\"]/\\&/g; s/^/"/; s/$/"/' | head -n 1
  [ -n "$1" ] || printf '""'
}

answer() { printf '{"id":%s,"result":%s}\n' "$id" "$1"; }
refuse() { printf '{"id":%s,"error":{"message":%s,"retry":%s}}\n' "$id" "$(text "$1")" "$2"; }

# ---- hosts --------------------------------------------------------------------------------------

# Runs a script on a host: on_host HOST 'script' WORD... ; the words are its arguments. What is on
# standard input goes on to the script. The script itself holds nothing secret.
on_host() {
  host=$1 script=$2
  shift 2
  command="sh -c $(quote "$script") labctl"
  for word; do command="$command $(quote "$word")"; done
  ssh -o BatchMode=yes -o ConnectTimeout=10 "$host" "$command"
}

# A word for the shell.
quote() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

# Starts the job $1 for at most $2 seconds; the rest is its command, standard input its input.
START='
  umask 077
  mkdir -p "$HOME/.labctl-jobs" || exit 1
  cd "$HOME/.labctl-jobs" || exit 1
  tag=$1 limit=$2
  shift 2
  if ! mkdir "$tag" 2>/dev/null; then cat >/dev/null; echo again; exit 0; fi
  cat >"$tag/input"
  command -v setsid >/dev/null && own=setsid || own=
  $own sh -c '\''
    tag=$1 limit=$2
    shift 2
    echo $$ >"$tag/pid"
    "$@" <"$tag/input" >"$tag/output" 2>&1 &
    child=$!
    trap "kill -TERM $child 2>/dev/null" TERM
    ( sleep "$limit"; echo timeout >"$tag/why"; kill -TERM $child ) >/dev/null 2>&1 </dev/null &
    watch=$!
    wait $child; code=$?
    while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
    kill $watch 2>/dev/null
    rm -f "$tag/input"
    echo $code >"$tag/exit.new" && mv "$tag/exit.new" "$tag/exit"
  '\'' labctl-job "$tag" "$limit" "$@" >/dev/null 2>&1 </dev/null &
  echo started
'

# One line a job whose tag begins with $1: tag, state, how it ended, when it was started.
LIST='
  cd "$HOME/.labctl-jobs" 2>/dev/null || exit 0
  for tag in "$1"*; do
    [ -d "$tag" ] || continue
    if [ -f "$tag/exit" ]; then
      code=$(cat "$tag/exit")
      state=gone ended=failed
      [ "$code" = 0 ] && ended=done
      [ -f "$tag/why" ] && ended=$(cat "$tag/why")
      why="exit code $code"
    elif [ ! -f "$tag/pid" ]; then
      state=starting ended=- why=starting
    elif kill -0 "$(cat "$tag/pid")" 2>/dev/null; then
      state=running ended=- why=running
    elif [ -f "$tag/exit" ]; then
      state=stopping ended=- why=ending
    else
      state=gone ended=node-lost why="its process is gone without an exit code: the host was restarted"
    fi
    printf "%s|%s|%s|%s\n" "$tag" "$state" "$ended" "$why"
  done
'

# Asks the jobs $2.. to end, and ends them after $1 seconds.
CANCEL='
  cd "$HOME/.labctl-jobs" 2>/dev/null || exit 0
  grace=$1
  shift
  living() {
    for tag; do
      [ -f "$tag/pid" ] && [ ! -f "$tag/exit" ] && kill -0 "$(cat "$tag/pid")" 2>/dev/null && return 0
    done
    return 1
  }
  for tag; do
    [ -f "$tag/pid" ] && [ ! -f "$tag/exit" ] || continue
    echo cancelled >"$tag/why"
    kill -TERM "$(cat "$tag/pid")" 2>/dev/null
  done
  while living "$@" && [ "$grace" -gt 0 ]; do sleep 1; grace=$((grace - 1)); done
  for tag; do
    [ -f "$tag/pid" ] && [ ! -f "$tag/exit" ] || continue
    kill -KILL "-$(cat "$tag/pid")" 2>/dev/null || kill -KILL "$(cat "$tag/pid")" 2>/dev/null
    echo 137 >"$tag/exit"
  done
  exit 0
'

# ---- methods ------------------------------------------------------------------------------------

capabilities() {
  answer '{"name":"ssh","protocol":1,"modes":["pilot","direct"],"arrays":false,"max_batch":16,"min_poll_s":2}'
}

validate() {
  if [ -z "$HOSTS" ]; then
    answer "$(text 'no hosts: set LAB_SSH_HOSTS="host1 host2", or name them after the script in lab.yaml')"
    return
  fi
  program=$(get .params.job.argv.0)
  for host in $HOSTS; do
    if ! said=$(on_host "$host" 'command -v "$1" >/dev/null || echo missing' "$program" 2>&1 </dev/null); then
      refuse "$host cannot be reached: $said" true
      return
    fi
    if [ "$said" = missing ]; then
      answer "$(text "$host has no $program on its PATH: install it there, or say where it is (labctl in lab.yaml)")"
      return
    fi
  done
  answer null
}

# The host with the fewest jobs that has room; 1 when one did not answer, as the job may be there.
pick() {
  tag=$1 best= least=$JOBS
  for host in $HOSTS; do
    lines=$(on_host "$host" "$LIST" "${tag%-*}-" 2>/dev/null </dev/null) || return 1
    if printf '%s\n' "$lines" | grep -q "^$tag|"; then best=$host; return 0; fi
    count=$(printf '%s\n' "$lines" | grep -c '|running|\||starting|')
    if [ "$count" -lt "$least" ]; then least=$count best=$host; fi
  done
  return 0
}

submit() {
  out= n=0
  while has ".params.jobs.$n.tag"; do
    at=.params.jobs.$n
    tag=$(get "$at.tag")
    if ! pick "$tag"; then
      reply="{\"tag\":$(text "$tag"),\"error\":{\"message\":\"a host does not answer\",\"retry\":true}}"
    elif [ -z "$best" ]; then
      reply="{\"tag\":$(text "$tag"),\"error\":{\"message\":\"every host has LAB_SSH_JOBS jobs\",\"retry\":true}}"
    else
      set -- "$tag" "$(get "$at.time_limit_s")"
      word=0
      while has "$at.argv.$word"; do
        set -- "$@" "$(get "$at.argv.$word"; printf x)"
        word=$((word + 1))
      done
      reply=$(start "$at" "$@")
    fi
    out="$out${out:+,}$reply"
    n=$((n + 1))
  done
  answer "[$out]"
}

start() {
  at=$1 tag=$2 limit=$3
  shift 3
  # The x kept newlines at the end of a word from being lost.
  count=$#
  while [ "$count" -gt 0 ]; do
    word=$1
    shift
    set -- "$@" "${word%x}"
    count=$((count - 1))
  done
  if get "$at.stdin" | on_host "$best" "$START" "$tag" "$limit" "$@" >/dev/null 2>&1; then
    printf '{"tag":%s,"handle":%s}' "$(text "$tag")" "$(handle "$tag" "$best")"
  else
    printf '{"tag":%s,"error":{"message":%s,"retry":true}}' "$(text "$tag")" "$(text "$best does not answer")"
  fi
}

handle() {
  printf '{"tag":%s,"id":%s,"submitted_at":"%s"}' "$(text "$1")" "$(text "$2")" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
}

# status HOST LINE as JSON
status_of() {
  rest=$2
  tag=${rest%%|*} rest=${rest#*|}
  state=${rest%%|*} rest=${rest#*|}
  ended=${rest%%|*} why=${rest#*|}
  [ "$ended" = - ] && ended= || ended=",\"ended\":$(text "$ended")"
  printf '{"handle":%s,"state":%s,"reason":%s,"node":%s%s}' \
    "$(handle "$tag" "$1")" "$(text "$state")" "$(text "$why")" "$(text "$1")" "$ended"
}

discover() {
  prefix=$(get .params.prefix) out=
  for host in $HOSTS; do
    if ! lines=$(on_host "$host" "$LIST" "$prefix" 2>/dev/null </dev/null); then
      refuse "$host does not answer" true
      return
    fi
    while IFS= read -r line; do
      [ -n "$line" ] && out="$out${out:+,}$(status_of "$host" "$line")"
    done <<LINES
$lines
LINES
  done
  answer "[$out]"
}

# One connection a host, whatever the number of jobs.
status() {
  all= silent=' ' out= n=0
  prefix=$(get .params.handles.0.tag)
  for host in $HOSTS; do
    if lines=$(on_host "$host" "$LIST" "${prefix%-*}-" 2>/dev/null </dev/null); then
      all="$all
$(printf '%s\n' "$lines" | sed "s/^/$host /")"
    else
      silent="$silent$host "
    fi
  done
  while has ".params.handles.$n.tag"; do
    tag=$(get ".params.handles.$n.tag") host=$(get ".params.handles.$n.id")
    line=$(printf '%s\n' "$all" | grep "^[^ ]* $tag|" | head -n 1)
    if [ -n "$line" ]; then
      one=$(status_of "${line%% *}" "${line#* }")
    else
      state=gone why='no host has it'
      case $silent in *" $host "*) state=unknown why="$host does not answer" ;; esac
      one="{\"handle\":$(handle "$tag" "$host"),\"state\":\"$state\",\"reason\":$(text "$why"),\"node\":null}"
    fi
    out="$out${out:+,}$one"
    n=$((n + 1))
  done
  answer "[$out]"
}

cancel() {
  grace=$(get .params.grace_s) n=0
  grace=${grace%.*}
  set --
  while has ".params.handles.$n.tag"; do
    set -- "$@" "$(get ".params.handles.$n.tag")"
    n=$((n + 1))
  done
  for host in $HOSTS; do
    if ! on_host "$host" "$CANCEL" "$grace" "$@" >/dev/null 2>&1 </dev/null; then
      refuse "$host does not answer" true
      return
    fi
  done
  answer null
}

logs() {
  tag=$(get .params.handle.tag)
  for host in $HOSTS; do
    found=$(on_host "$host" 'ls -d "$HOME/.labctl-jobs/$1/output"' "$tag" 2>/dev/null </dev/null) || continue
    answer "$(text "$host:$found")"
    return
  done
  answer null
}

cleanup() {
  n=0
  set --
  while has ".params.handles.$n.tag"; do
    set -- "$@" "$(get ".params.handles.$n.tag")"
    n=$((n + 1))
  done
  for host in $HOSTS; do
    on_host "$host" 'cd "$HOME/.labctl-jobs" 2>/dev/null && for tag; do [ ! -f "$tag/exit" ] || rm -rf "./$tag"; done' \
      "$@" >/dev/null 2>&1 </dev/null
  done
  answer null
}

while IFS= read -r line; do
  [ -n "$line" ] || continue
  request=$(printf '%s\n' "$line" | flat)
  id=$(get .id)
  method=$(get .method)
  case $method in
    capabilities | validate | submit | discover | status | cancel | logs | cleanup) "$method" ;;
    *) refuse "no such method: $method" false ;;
  esac
done
