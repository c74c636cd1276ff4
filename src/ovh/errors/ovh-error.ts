/** The base of every error that this client throws on its own account. None of them holds a secret. */
export class OvhError extends Error {
  override readonly name: string = 'OvhError';
}
