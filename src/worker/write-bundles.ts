import { writeWorkflowBundle } from './workflow-source.ts';

/* The last step of the build: both bundles beside its output, so that a worker starts in a second. */
for (const encodesFailures of [false, true]) await writeWorkflowBundle(undefined, { encodesFailures });
