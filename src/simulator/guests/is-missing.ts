import { codeOf } from '../../contract/unknown.ts';

/** The file, the folder or the process is not there any more. */
export function isMissing(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR';
}
