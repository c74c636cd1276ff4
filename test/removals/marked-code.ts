import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The code of a rule is marked by comments, so that it is found whatever it is called and wherever it is moved: a line
 * that ends with `// (rule 6)`, or the lines between `// rule 6: begin` and `// rule 6: end`.
 */
interface MarkedCode {
  id: string;
  file: string;
  /** Where the code begins and ends in the file's text, marks included. */
  from: number;
  to: number;
}

const LINE = /^(?! *\/\/).*\/\/ \(rule (\w+)\)$/gm;
const BLOCK = /^ *\/\/ rule (\w+): begin$[\s\S]*?^ *\/\/ rule \1: end$/gm;

/** Every code of a rule in the sources of a folder. */
export async function markedCode(root: string): Promise<MarkedCode[]> {
  const names = await readdir(join(root, 'src'), { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => join('src', name));
  const found = files.map(async (file) => {
    const text = await readFile(join(root, file), 'utf8');
    return [LINE, BLOCK].flatMap((mark) =>
      [...text.matchAll(mark)].map(({ 0: code, 1: id = '', index }) => ({
        id,
        file,
        from: index,
        to: index + code.length,
      })),
    );
  });
  return (await Promise.all(found)).flat();
}
