/**
 * The programs that a guest has before this machine's own, because there is one user, one kernel and one disk beneath all
 * of them. `/GUEST/bin` of every guest is a link to the one folder of them: by the path that they are called by, `$0`,
 * they know whose they are.
 */
const here = '#!/bin/sh\nhere=${0%/bin/*}\n';

/** The boot id changes with each boot of the guest, and not with this machine's. Who opens the file itself reads the machine's. */
const cat = `${here}[ "$*" = /proc/sys/kernel/random/boot_id ] && set -- "$here/boot-id"
exec /bin/cat "$@"
`;

const hostname = `${here}case \${1-} in
"" | -s | --short) h=$(/bin/cat "$here/hostname"); echo "\${h%%.*}" ;;
-f | --fqdn) /bin/cat "$here/hostname" ;;
*) echo "hostname: a guest of the simulator keeps the name that it has" >&2; exit 1 ;;
esac
`;

/** The file that it reads begins with the exit code, whether cloud-init is still running, and the plain status. */
const cloudInit = `${here}[ -e "$here/cloud-init" ] || { echo "sh: 1: cloud-init: not found" >&2; exit 127; }
[ "\${1-}" = status ] || { echo "cloud-init: a guest of the simulator knows nothing but status" >&2; exit 2; }
shift
format=plain
while [ $# -gt 0 ]; do
  case $1 in
  --format) format=\${2-}; shift ;;
  --format=*) format=\${1#*=} ;;
  -w | --wait) while read -r code state plain <"$here/cloud-init" && [ "$state" = running ]; do sleep 0.2; done ;;
  esac
  shift
done
{
  read -r code state plain
  if [ "$format" = json ]; then /bin/cat; else echo "status: $plain"; fi
} <"$here/cloud-init"
exit "$code"
`;

/** Whoever may, is root by name and by home. The user of the processes stays the one that runs the simulator. */
const sudo = `${here}user=root
while [ $# -gt 0 ]; do
  case $1 in
  --) shift; break ;;
  -u) user=\${2-}; shift 2 ;;
  -*) shift ;;
  *) break ;;
  esac
done
[ "$USER" = root ] || grep -qx "$USER" "$here/sudoers" || { echo "sudo: a password is required" >&2; exit 1; }
home=$here/disk/home/$user
[ "$user" = root ] && home=$here/disk/root
[ -d "$home" ] || { echo "sudo: unknown user $user" >&2; exit 1; }
exec env -i HOME="$home" USER="$user" LOGNAME="$user" SHELL=/bin/sh LANG=C.UTF-8 PATH="$PATH" SUDO_USER="$USER" "$@"
`;

/** Copies what it is told to sync, or everything, to what a power loss leaves. A lock, for two would move one copy into the other. */
const sync = `${here}[ $# -gt 0 ] || set -- "$here/disk"
n=0
until mkdir "$here/syncing" 2>/dev/null || [ $n -ge 500 ]; do sleep 0.01; n=$((n + 1)); done
result=0
for each; do
  case $each in -*) continue ;; /*) ;; *) each=$PWD/$each ;; esac
  [ -e "$each" ] || [ -L "$each" ] || { echo "sync: error opening '$each': No such file or directory" >&2; result=1; continue; }
  case $each in
  "$here/disk" | "$here/disk/"*) ;;
  *) continue ;;
  esac
  kept=$here/kept\${each#"$here/disk"}
  mkdir -p "\${kept%/*}"
  rm -rf "$here/syncing/copy"
  cp -a "$each" "$here/syncing/copy" 2>/dev/null
  rm -rf "$kept"
  mv "$here/syncing/copy" "$kept"
done
rm -rf "$here/syncing"
exit $result
`;

/** This machine must not do what its guest is told. */
const power = `#!/bin/sh
echo "\${0##*/}: a guest of the simulator is rebooted and stopped through OVH's API" >&2
exit 1
`;

/** By name, the text of each. */
export const programs: Readonly<Record<string, string>> = {
  cat,
  hostname,
  'cloud-init': cloudInit,
  sudo,
  sync,
  reboot: power,
  shutdown: power,
  poweroff: power,
  halt: power,
};
