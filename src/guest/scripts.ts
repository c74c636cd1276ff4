/*
 * The steps that are no script of the user's are scripts of ours, so that they run as every other: at most once, with an exit
 * code. The file's content lies beside the script; arguments are never quoted anew.
 */

/** `$1` target, `$2` mode, `$3` owner or nothing. The target changes in one moment: it is never there by half. */
export const INSTALL_FILE = `#!/bin/sh
set -eu
content=\${0%/*}/content
[ ! -d "$1" ] || { rm -f "$content"; echo "$1 is a directory" >&2; exit 1; }
folder=\${1%/*}
mkdir -p "\${folder:-/}"
new=$(mktemp "$folder/.mooring.XXXXXX")
trap 'rm -f "$new" "$content"' EXIT
cat "$content" >"$new"
[ -z "$3" ] || chown "$3" "$new"
# After the owner, whose change takes set-user-id and set-group-id away.
chmod "$2" "$new"
sync "$new" 2>/dev/null || sync
mv -f "$new" "$1"
`;

/** `$1` the public line. One that is there already stays as it is. */
export const AUTHORIZE_KEY = `#!/bin/sh
set -eu
umask 077
mkdir -p "$HOME/.ssh"
keys=$HOME/.ssh/authorized_keys
touch "$keys"
if grep -qxF -e "$1" "$keys"; then exit 0; fi
# A last line without its end would swallow the key.
if [ -n "$(tail -c 1 "$keys")" ]; then echo >>"$keys"; fi
printf "%s\\n" "$1" >>"$keys"
sync "$keys" 2>/dev/null || sync
`;
