/** What commands a terminal or turns the order of what follows around, and stands as it is in JSON. */
const RAW = /[\u007F-\u009F\u2028-\u202E\u2066-\u2069]/g;
/** The same, and what JSON escapes already. */
const COMMANDS = /[\p{Cc}\u2028-\u202E\u2066-\u2069]/u;

/** As `JSON.stringify`, and harmless where people look at it: names at OVH can hold anything. */
export function toJson(value: unknown, indent?: number): string {
  return escaped(JSON.stringify(value, null, indent));
}

/** As YAML, as harmless. */
export async function toYaml(value: unknown): Promise<string> {
  const { Document, visit } = await import('yaml');
  const document = new Document(value);
  visit(document, {
    Scalar(_key, node) {
      // Only between double quotes does YAML know escapes.
      if (typeof node.value === 'string' && COMMANDS.test(node.value.replaceAll('\n', '')))
        node.type = 'QUOTE_DOUBLE';
    },
  });
  return escaped(document.toString());
}

function escaped(text: string): string {
  return text.replaceAll(RAW, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
