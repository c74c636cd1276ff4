import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { usualFiles } from '../../ovh/index.ts';
import { CodecKeys } from '../../temporal/codec/codec-keys.ts';
import { look, type Finding } from './finding.ts';

/** Whether payloads are encrypted by whoever has this environment: worker and client need the same key. */
export async function lookAtCodec(env: NodeJS.ProcessEnv): Promise<Finding> {
  return look('encryption', 'see the guide on encryption', async () => {
    const keys = CodecKeys.load(env);
    return keys
      ? { state: 'ok', says: `with the key "${keys.currentId}"` }
      : {
          state: 'off',
          says: 'who reads Temporal reads every spec',
          todo: 'set MOORING_CODEC_KEY_FILE to have it',
        };
  });
}

/** Files that hold secrets, and who may read them. */
export async function lookAtSecrets(env: NodeJS.ProcessEnv): Promise<Finding> {
  return look('secrets', '', async () => {
    const named = Object.entries(env)
      .filter(([name]) => /^(OVH|MOORING)_\w+_FILE$/.test(name))
      .map(([, path = '']) => path);
    const files = [...new Set([...usualFiles({ cwd: process.cwd(), home: homedir() }), ...named])];
    const modes = await Promise.all(files.map((file) => modeOf(file)));
    const open = files.filter((_, index) => ((modes[index] ?? 0) & 0o044) !== 0);
    if (open.length > 0)
      return {
        state: 'warning',
        says: `other users may read ${open.join(', ')}`,
        todo: `chmod 600 ${open.join(' ')}`,
      };
    const found = modes.filter((mode) => mode !== undefined).length;
    return { state: 'ok', says: found === 0 ? 'in no file' : `${found} files that their owner alone reads` };
  });
}

/** Undefined where there is no such file. */
async function modeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    ({ mode }) => mode,
    () => undefined,
  );
}
