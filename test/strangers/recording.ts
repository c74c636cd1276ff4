import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Simulator } from '../../src/simulator/index.ts';

/** What a client sent, in its words; ids are said as where they came from, `{{4.name=b3-8.id}}`. */
export interface RecordedCall {
  method: string;
  /** After `/1.0`, with its query. */
  path: string;
  /** Milliseconds since the call before; of a look that was repeated until it changed, all of them. */
  after: number;
  /** The bytes of the body, if any. */
  body?: string;
  contentType?: string;
  /** What was answered. */
  status: number;
}

/** What asks for a person, or is signed wrongly on purpose, says nothing about requests. */
const isBeside = (path: string) => path.startsWith('/auth/') || path.includes('/_simulator');

/** A simulator that keeps what it is asked, and writes it to `recorded/<client>.json`. */
export function recording(simulator: Simulator, client: string) {
  const calls: RecordedCall[] = [];
  /** What an answer said first → where. */
  const known = new Map<string, string>([[simulator.first.projectId, 'projectId']]);
  let last = Date.now();
  const worded = (text: string) => {
    let said = text;
    for (const [value, place] of [...known].toSorted(([one], [other]) => other.length - one.length))
      said = said.replaceAll(value, `{{${place}}}`);
    return said;
  };
  return {
    simulator: {
      ...simulator,
      async fetch(request: Request): Promise<Response> {
        const at = Date.now();
        const { pathname, search } = new URL(request.url);
        const { method, headers } = request;
        const sent = method === 'GET' ? '' : await request.clone().text();
        const answer = await simulator.fetch(request);
        const path = pathname.replace(/^\/(1\.0|v1)/, '') + search;
        const body: unknown = await answer
          .clone()
          .json()
          .catch(() => undefined);
        if (isBeside(path) || (body as any)?.errorCode) return answer;
        const contentType = headers.get('content-type');
        const call: RecordedCall = {
          method,
          path: worded(path),
          after: at - last,
          ...(sent !== '' && { body: worded(sent), ...(contentType && { contentType }) }),
          status: answer.status,
        };
        last = at;
        const before = calls.at(-1);
        const isRepeated =
          method === 'GET' && before?.method === 'GET' && before.path === call.path && before.status === 200;
        if (isRepeated) calls[calls.length - 1] = { ...call, after: before.after + call.after };
        else calls.push(call);
        if (answer.status === 200) remember(body, String(calls.length - 1), known);
        return answer;
      },
    },
    async save(): Promise<void> {
      const file = fileURLToPath(new URL(`recorded/${client}.json`, import.meta.url));
      await writeFile(file, `[\n${calls.map((call) => `  ${JSON.stringify(call)}`).join(',\n')}\n]\n`);
    },
  };
}

/** Ids are long, and nobody chooses them: names and words are not replaced. */
const isId = (value: string) => /^[\da-f]{8}-[\da-f-]{27}$|^[\da-f]{16,}$|^pn-\d+_\d+$/.test(value);

function remember(value: unknown, place: string, known: Map<string, string>): void {
  if (typeof value === 'string') {
    if (isId(value) && !known.has(value)) known.set(value, place);
  } else if (Array.isArray(value)) {
    const names = value.map((each) => (each as { name?: string } | null)?.name);
    for (const [index, each] of value.entries()) {
      const name = names[index];
      // The first of a name is said by it, so that a catalogue may grow.
      const isFirst = name !== undefined && name !== '' && names.indexOf(name) === index;
      remember(each, `${place}.${isFirst ? `name=${name.replaceAll('.', '%2E')}` : index}`, known);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, each] of Object.entries(value)) remember(each, `${place}.${key}`, known);
  }
}

/** What a recorded text means among these answers; throws where they do not say it. */
export function meant(text: string, answers: unknown[], projectId: string): string {
  return text.replaceAll(/\{\{(.+?)\}\}/g, (_, place: string) => {
    if (place === 'projectId') return projectId;
    let found: any = answers;
    for (const part of place.split('.')) {
      const name = /^name=(.*)$/.exec(part)?.[1]?.replaceAll('%2E', '.');
      found = name === undefined ? found?.[part] : found?.find?.((each: any) => each.name === name);
    }
    if (typeof found !== 'string') throw new Error(`no answer says ${place}`);
    return found;
  });
}
