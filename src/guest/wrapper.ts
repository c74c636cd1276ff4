/**
 * What runs in a guest for every verb: `look`, `put`, `start` and `stop` of one run, which happens at most once however
 * often client, connection and machine die. Plain POSIX sh for dash, bash and busybox alike, without single quotes, so
 * that it is one quoted word of a command line. The comments travel with it: whoever finds it in `ps` can read it.
 *
 * Its answer is one line, `state detail bytesOfOutput bytesOfErrors`, then up to 8 KiB of the output's end, and the same of
 * the errors on standard error.
 */
export const WRAPPER = `# mooring guest 1. POSIX sh, no single quotes. sh -c W mooring BASE VERB ID [NAME SHA256]...
set -u
# Whatever the login shell has said ends here.
echo
base=$1 verb=$2 id=$3
shift 3
mask=$(umask)
umask 077
[ -n "$base" ] || base=\${HOME:?}/.mooring
run=$base/$id
sum() { sha256sum "$1" 2>/dev/null | cut -c1-64; }
birth() {
  s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- \${s##*) }
  [ "$1" != Z ] && echo "\${20}"
}
# Whether the runner that claimed is alive, in this boot. Sets claim.
runs() {
  claim=$(readlink "$run/claim") && rest=\${claim#*:} &&
    [ "\${rest#*:}" = "$(cat /proc/sys/kernel/random/boot_id)" ] && [ "$(birth "\${claim%%:*}")" = "\${rest%%:*}" ]
}
look() {
  # First whether it runs, then how it ended: an end between the two is seen.
  runs && state="running \${claim%%:*}" || state=
  [ -n "$claim" ] || { echo absent; exit 0; }
  if code=$(readlink "$run/exit"); then state="exited $code"; rm -f "$run/entry"
  elif [ -n "$state" ]; then :
  elif [ "$claim" = stopped:: ]; then state="stopped 0"
  elif [ "\${claim##*:}" != "$(cat /proc/sys/kernel/random/boot_id)" ]; then state="lost reboot"
  elif p=$(readlink "$run/pid") && birth "$p" >/dev/null; then state="lost orphan"
  else state="lost killed"
  fi
  size() { wc -c 2>/dev/null <"$1" || echo 0; }
  echo "$state" $(size "$run/out") $(size "$run/err")
  tail -c 8192 "$run/out" 2>/dev/null
  tail -c 8192 "$run/err" >&2 2>/dev/null
  exit 0
}
# Who bears the mark of the run, and has left the process group $1 of its script.
others() {
  for of in $(grep -ls "MOORING_RUN=$id" /proc/[0-9]*/environ 2>/dev/null); do
    of=\${of%/environ}
    s=$(cat "$of/stat" 2>/dev/null) || continue
    set -- "$1" \${s##*) }
    [ "$4" = "$1" ] || echo "\${of#/proc/}"
  done
}
[ -L "$run/claim" ] && [ "$verb" != stop ] && look
case $verb in
look) look ;;
put)
  # A disk that is full has no room for a folder either, and may have some later.
  mkdir -p "$base"
  [ -O "$base" ] || { [ ! -e "$base" ] && [ -w "\${base%/*}" ] && echo torn || echo "denied $base"; exit 0; }
  mkdir -p "$run" || { [ -w "$base" ] && echo torn || echo "denied $base"; exit 0; }
  cat >"$run/$1.$$"
  if [ "$(sum "$run/$1.$$")" = "$2" ]; then chmod 700 "$run/$1.$$" && mv -f "$run/$1.$$" "$run/$1" && echo stored
  else rm -f "$run/$1.$$"; echo torn
  fi ;;
start)
  while [ $# -ge 2 ]; do
    # Gone may also mean: another client was faster, and the run has taken it.
    [ "$(sum "$run/$1")" = "$2" ] || { [ -L "$run/claim" ] && look; echo "missing $1"; exit 0; }
    shift 2
  done
  # Half a runner would claim, and run nothing.
  cat >"$run/runner.$$" <<"END" || { rm -f "$run/runner.$$"; echo "missing runner"; exit 0; }
run=$1
s=$(cat /proc/$$/stat)
set -- "$2" \${s##*) }
ln -s "$$:\${21}:$(cat /proc/sys/kernel/random/boot_id)" "$run/claim" 2>/dev/null || exit 0
sync "$run" 2>/dev/null || sync
umask "$1"
cd
setsid sh "$run/entry" "$run" </dev/null >"$run/out" 2>"$run/err"
ln -s $? "$run/exit"
sync "$run" 2>/dev/null || sync
END
  mv -f "$run/runner.$$" "$run/runner"
  setsid -f sh "$run/runner" "$run" "$mask" </dev/null >/dev/null 2>&1 ||
    { setsid sh "$run/runner" "$run" "$mask" </dev/null >/dev/null 2>&1 & }
  n=0
  until [ -L "$run/claim" ] || [ $n -ge 50 ]; do sleep 0.1 || sleep 1; n=$((n + 1)); done
  look ;;
stop)
  mkdir -p "$run" && ln -s stopped:: "$run/claim" 2>/dev/null
  # What a script leaves behind that has ended by itself is what it was to leave.
  [ -L "$run/exit" ] && look
  # Between the claim and its first word it cannot be asked to end.
  n=0
  while p= && runs && ! p=$(readlink "$run/pid") && [ $n -lt 50 ]; do sleep 0.1 || sleep 1; n=$((n + 1)); done
  left=$(others "\${p:-0}")
  [ -z "$p" ] || kill -"\${1:-TERM}" "-$p"
  [ -z "$left" ] || kill -"\${1:-TERM}" $left
  look ;;
esac
`;
