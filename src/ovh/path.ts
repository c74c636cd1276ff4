/**
 * An API path whose values are percent-encoded: path`/cloud/project/${id}/instance`.
 *
 * @throws TypeError for a value that would change which resource the path names: URLs drop `.` and resolve
 * `..`, and an empty id turns "delete this volume" into a call on all of them.
 */
export function path(literals: TemplateStringsArray, ...values: string[]): string {
  return String.raw({ raw: literals }, ...values.map(segment));
}

function segment(value: string): string {
  if (value === '' || value === '.' || value === '..') {
    throw new TypeError(`${JSON.stringify(value)} cannot be part of an OVH API path`);
  }
  return encodeURIComponent(value);
}
