/** A run's page in the Temporal UI. */
export function uiLink(
  base: string,
  { namespace, workflowId, runId }: { namespace: string; workflowId: string; runId: string },
): string {
  const path = ['namespaces', namespace, 'workflows', workflowId, runId, 'history'].map(encodeURIComponent);
  return `${base.replace(/\/+$/, '')}/${path.join('/')}`;
}
