import { Agent, request } from 'node:http';
import { sign } from '../../src/ovh/index.ts';

/* Signed calls by the least that Node does for one: what everything else is measured beside. */

export interface Served {
  endpoint: string;
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
  projectId: string;
}

export interface Wanted {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: object;
}

export const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/** The text of an answer. */
export async function call({ endpoint, ...keys }: Served, { method, path, body }: Wanted): Promise<string> {
  const url = `${endpoint}${path}`;
  const text = body ? JSON.stringify(body) : '';
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    'X-Ovh-Application': keys.applicationKey,
    'X-Ovh-Consumer': keys.consumerKey,
    'X-Ovh-Timestamp': String(timestamp),
    'X-Ovh-Signature': sign({ ...keys, method, url, body: text, timestamp }),
    ...(body && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
  };
  // Listeners alone: iterating over a response costs more than the server its answer.
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (answer += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer}`));
      });
    });
    sent.on('error', reject);
    sent.end(text);
  });
}

export async function read(served: Served, wanted: Wanted): Promise<any> {
  const answer = await call(served, wanted);
  return answer === '' ? null : JSON.parse(answer);
}

/** What an instance of Debian is made of: what is asked for once. */
export async function debian(served: Served): Promise<{ region: string; flavorId: string; imageId: string }> {
  const get = async (path: string) =>
    read(served, { method: 'GET', path: `/cloud/project/${served.projectId}/${path}?region=GRA11` });
  const [flavors, images] = await Promise.all([get('flavor'), get('image')]);
  return {
    region: 'GRA11',
    flavorId: flavors.find((each: any) => each.name === 'b3-8' && each.osType === 'linux').id,
    imageId: images.find((each: any) => each.name === 'Debian 12' && each.status === 'active').id,
  };
}
