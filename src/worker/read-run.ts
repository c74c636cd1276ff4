/** What a run is about, by its workflow's id: `node.main.GRA11.web-1`. */
export function readRun(workflowId: unknown): { project?: string; region?: string; node?: string } {
  const [, project, region, node] = /^node\.([^.]+)\.([^.]+)\.([^.]+)/.exec(String(workflowId)) ?? [];
  return project && region && node ? { project, region, node } : {};
}
