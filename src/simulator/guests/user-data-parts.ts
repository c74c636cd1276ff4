/** One part of user data, as cloud-init takes it apart. */
export interface UserDataPart {
  /** By its name in lower case. */
  headers: ReadonlyMap<string, string>;
  text: string;
}

/**
 * The parts of user data, in their order. A text is MIME where its beginning names a MIME version, as cloud-init sees it;
 * all else is one part. Parts within parts come out flat.
 */
export function partsOf(userData: string): UserDataPart[] {
  return /mime-version:/i.test(userData.slice(0, 4096))
    ? partsOfMessage(userData)
    : [{ headers: new Map(), text: userData }];
}

function partsOfMessage(message: string): UserDataPart[] {
  const { headers, body } = splitMessage(message);
  const type = headers.get('content-type') ?? '';
  const boundary = /^multipart\/.*boundary="?([^";]+)"?/is.exec(type)?.[1];
  if (boundary === undefined) return [{ headers, text: decoded(body, headers) }];
  return splitAt(body, boundary).flatMap(partsOfMessage);
}

function splitMessage(message: string): { headers: Map<string, string>; body: string } {
  const headers = new Map<string, string>();
  const lines = message.split('\n');
  let at = 0;
  let last: string | undefined;
  for (; at < lines.length; at += 1) {
    const line = (lines[at] ?? '').replace(/\r$/, '');
    if (line === '') break;
    const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) headers.set((last = name.toLowerCase()), value ?? '');
    // A long header goes on in the next line, which then begins with a space.
    else if (/^\s/.test(line) && last !== undefined) headers.set(last, `${headers.get(last)} ${line.trim()}`);
    else break;
  }
  const body = lines.slice(lines[at]?.trim() === '' ? at + 1 : at).join('\n');
  return { headers, body };
}

/** What stands between the lines of the boundary; what follows its end is nobody's. */
function splitAt(body: string, boundary: string): string[] {
  const parts: string[][] = [];
  for (const line of body.split('\n')) {
    const mark = line.trimEnd();
    if (mark === `--${boundary}--`) break;
    if (mark === `--${boundary}`) parts.push([]);
    else parts.at(-1)?.push(line);
  }
  return parts.map((lines) => lines.join('\n'));
}

function decoded(body: string, headers: ReadonlyMap<string, string>): string {
  const encoding = headers.get('content-transfer-encoding')?.trim().toLowerCase();
  return encoding === 'base64' ? Buffer.from(body, 'base64').toString('utf8') : body;
}
