import type { Mooring } from '../client/index.ts';

/** Connects, does it, disconnects. @throws TemporalUnreachable within seconds when nothing answers. */
export async function withMooring<T>(act: (mooring: Mooring) => Promise<T>): Promise<T> {
  const client = await import('../client/index.ts');
  const mooring = await client.Mooring.connect();
  try {
    return await act(mooring);
  } finally {
    await mooring.close();
  }
}
