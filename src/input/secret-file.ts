/**
 * A secret is given as itself, or in a file that `…_FILE` names. Undefined: no file is named.
 *
 * @throws `Fault` where both are set: nobody could say which of the two counts
 */
export function secretFile(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  Fault: new (message: string) => Error,
): string | undefined {
  const file = env[`${variable}_FILE`] || undefined;
  if (file && env[variable]) throw new Fault(`both ${variable} and ${variable}_FILE are set; keep one`);
  return file;
}
