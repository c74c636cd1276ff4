/** Which node: everything that a node's identity is made of, apart from the owner. */
export interface Ref {
  /** Default `main`. */
  project?: string | undefined;
  region: string;
  name: string;
}

/** A Ref with its default written. */
export interface CompleteRef {
  project: string;
  region: string;
  name: string;
}

export const DEFAULT_PROJECT = 'main';

/**
 * The workflow id is the node. Temporal admits one running workflow per id, so a node has one operation at a
 * time. Dots, because Temporal's HTTP API cannot address ids with slashes.
 */
export function nodeWorkflowId({ project = DEFAULT_PROJECT, region, name }: Ref): string {
  return `node.${project}.${region}.${name}`;
}

/** The node that a workflow id names, or undefined when it names none. */
export function refFromWorkflowId(workflowId: string): CompleteRef | undefined {
  const [kind, project, region, name, ...rest] = workflowId.split('.');
  if (kind !== 'node' || !project || !region || !name || rest.length > 0) return undefined;
  return { project, region, name };
}
