/** Says that an object is a MooringError, also to another copy of this package. */
const MARK = Symbol.for('mooring.error');

/** The base of every error of Mooring's own. Branch on `type`, never on the message. */
export class MooringError extends Error {
  override readonly name: string = 'MooringError';
  /** What went wrong, in one word: a failure type of a run, else the name of the class. */
  readonly type: string;

  constructor(type: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
    // Not enumerable: it is nothing that a log should show.
    Object.defineProperty(this, MARK, { value: true });
  }
}

/**
 * Whether Mooring threw it and, where types are given, as one of these. Holds across copies of the package, where
 * `instanceof` does not.
 *
 * @example
 * if (isMooringError(error, 'NodeBusy', 'NodeDiffers')) return tryLater();
 */
export function isMooringError<Type extends string = string>(
  error: unknown,
  ...types: Type[]
): error is MooringError & { readonly type: Type } {
  const { type, [MARK]: isOurs } = (error ?? {}) as { type?: unknown; [MARK]?: boolean };
  return isOurs === true && (types.length === 0 || types.includes(type as Type));
}
