import { WorkerSource, type SourceRights } from '../worker-source.ts';
import { MAX_USER_DATA_BYTES } from './user-data.ts';

/** Reads user data that a spec only names by `userDataFrom`. */
export class UserDataSource {
  readonly #source: WorkerSource;

  constructor(rights: SourceRights, env?: NodeJS.ProcessEnv) {
    const kind = {
      directoryVariable: 'MOORING_USER_DATA_DIR',
      namesVariable: 'MOORING_USER_DATA_ENV',
      maxBytes: MAX_USER_DATA_BYTES,
      because: 'OVH takes',
    };
    this.#source = new WorkerSource(kind, rights, env);
  }

  /** @throws PreflightFailed with what to do about it. */
  async read(from: string): Promise<string> {
    return (await this.#source.read('userDataFrom', from)).toString('utf8');
  }
}
