import { MooringError } from '../../contract/error.ts';

/** What is wrong with the configuration, in a sentence that names the variable. */
export class ConfigError extends MooringError {
  override readonly name = 'ConfigError';

  constructor(message: string, options?: ErrorOptions) {
    super('ConfigError', message, options);
  }
}
