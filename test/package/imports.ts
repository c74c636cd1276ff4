import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Every package that a module imports before it runs, itself or by what it imports; and by which way, for the message. */
export async function packagesImportedBy(file: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const seen = new Set<string>();
  const read = async (path: string, way: string[]): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = await readFile(path, 'utf8');
    for (const [, specifier = ''] of text.matchAll(
      /^(?:import|export)\b(?!\s+type\b)(?:[^'"();]*?\bfrom)?\s*['"]([^'"]+)['"]/gm,
    )) {
      if (specifier.startsWith('.')) await read(resolve(dirname(path), specifier), [...way, path]);
      else if (!specifier.startsWith('node:')) found.set(packageOf(specifier), [...way, path]);
    }
  };
  await read(resolve(file), []);
  return found;
}

/** `@scope/name/deep` → `@scope/name`. */
function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
