/**
 * How long a test may take, and everything that it waits for: how long something takes on a busy machine is no assertion,
 * and a test that hangs ends some day. Where tests are meant to fail that day comes sooner.
 */
export const TEST_MS = Number(process.env['MOORING_TEST_MS'] ?? 300_000);
/** What is waited for has its say before the test's own end, which could not say what was waited for. */
export const PATIENCE_MS = 0.9 * TEST_MS;
/** For who asks Temporal: on a busy machine its server is slow to answer. */
export const PATIENT = { connectTimeoutMs: PATIENCE_MS, deadlineMs: PATIENCE_MS };
