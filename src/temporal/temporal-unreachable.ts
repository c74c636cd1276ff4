import { MooringError } from '../contract/error.ts';

/** No Temporal server answers at `address`, or it does not let us in. The message is one sentence a person can act on. */
export class TemporalUnreachable extends MooringError {
  override readonly name = 'TemporalUnreachable';
  readonly address: string;

  /**
   * @param source where the address came from, in words
   * @param reason what was seen, without credentials
   */
  constructor(address: string, source: string, reason: string, options?: ErrorOptions) {
    super(
      'TemporalUnreachable',
      `Temporal at ${address} (${source}) cannot be reached: ${reason}; ` +
        'set TEMPORAL_ADDRESS, or run "mooring dev", which starts an embedded server.',
      options,
    );
    this.address = address;
  }
}
