/** What cloud-init calls the host keys of a machine, at the beginning of a line of cloud-config. */
const OWN_HOST_KEYS = /^["']?ssh_keys["']?\s*:/m;

/** Whether the user data brings host keys of its own. */
export function bringsHostKeys(own: string | null): boolean {
  return own !== null && OWN_HOST_KEYS.test(own);
}

/** Ours would replace theirs, and the machine would not have the key that its owner expects. */
export const OWN_HOST_KEYS_SENTENCE =
  'userData brings host keys by ssh_keys, so ssh.hostKey must be the public line of one of them';
