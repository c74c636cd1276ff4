/** What OVH's contract has beside these and nobody serves here: whoever asks is told so by name. */
export const notServed: readonly { method: string; path: string }[] = [
  'GET /bill',
  'GET /capabilities/productAvailability',
  'POST /instance/{instanceId}/applicationAccess',
  'GET /ip',
  'GET /ip/failover',
  'GET /ip/failover/{id}',
  'POST /ip/failover/{id}/attach',
  'POST /region/{regionName}/quota',
  'GET /region/{regionName}/quota/allowed',
  'DELETE /region/{regionName}/quota/storage',
  'GET /region/{regionName}/quota/storage',
  'PUT /region/{regionName}/quota/storage',
  'GET /serviceInfos',
  'PUT /serviceInfos',
  'POST /unleash',
  'GET /usage/current',
  'GET /usage/forecast',
  'GET /usage/history',
  'GET /usage/history/{usageId}',
  'GET /usage/plans',
  'GET /vrack',
  'POST /vrack',
].map((each) => {
  const [method = '', path = ''] = each.split(' ');
  return { method, path: `/cloud/project/{serviceName}${path}` };
});
