import type { Credentials } from '../ovh/index.ts';
import type { ProjectConfig } from './configuration/projects.ts';
import type { Ready } from './readiness.ts';

/* Apart from `worker.ts`, whose types need Temporal's worker. */

/** A worker of this process, while it works. */
export interface RunningWorker {
  /** Takes no more work, lets mutations finish, hands waits over, closes the connection. */
  stop(): Promise<void>;
  /** Settles when the worker has stopped; rejects when it broke. */
  done: Promise<void>;
  /** Whether it can do its work now. */
  ready(): Promise<Ready>;
  /** Serves one more project from now on. What was configured at start was tried against OVH; this is not. */
  serve(project: ProjectConfig, credentials: Credentials): void;
}
