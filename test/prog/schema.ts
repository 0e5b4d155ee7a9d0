/**
 * As much of JSON Schema as the schemas of docs/schema use; a keyword beyond that is refused, and so is what a schema does not
 * mention: a field that nobody has written down is a mistake here, though not for a reader.
 */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const SAYS_NOTHING = new Set(["$schema", "$id", "$defs", "title", "description"]);
const KNOWN = new Set([
  ...[
    "$ref",
    "type",
    "const",
    "enum",
    "pattern",
    "minimum",
    "required",
    "properties",
    "items",
    "minItems",
    "maxItems",
  ],
]);

/** Where `value` is not what `root` says: a line each. */
export function mistakes(root: Schema, value: unknown): string[] {
  const found: string[] = [];
  check(root, root, value, "$", found);
  return found;
}

function check(root: Schema, schema: Schema, value: unknown, at: string, found: string[]): void {
  for (const keyword of Object.keys(schema)) {
    if (!KNOWN.has(keyword) && !SAYS_NOTHING.has(keyword)) throw new Error(`${at}: what is ${keyword}?`);
  }
  if (schema.$ref !== undefined) {
    const target = root.$defs?.[schema.$ref.replace("#/$defs/", "")];
    if (target === undefined) throw new Error(`${at}: there is no ${schema.$ref}`);
    check(root, target, value, at, found);
    return;
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length > 0 && !types.some((type) => isOf(type, value)))
    found.push(`${at} is no ${types.join(" or ")}`);
  if ("const" in schema && value !== schema.const) found.push(`${at} is not ${schema.const}`);
  if (schema.enum !== undefined && !schema.enum.includes(value))
    found.push(`${at} is not one of ${schema.enum}`);
  if (typeof value === "string" && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    found.push(`${at} does not match ${schema.pattern}`);
  if (typeof value === "number" && value < (schema.minimum ?? value))
    found.push(`${at} is below ${schema.minimum}`);
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) found.push(`${at} has too few items`);
    if (value.length > (schema.maxItems ?? value.length)) found.push(`${at} has too many items`);
    for (const [i, item] of value.entries()) check(root, schema.items ?? {}, item, `${at}[${i}]`, found);
  } else if (typeof value === "object" && value !== null) {
    for (const name of schema.required ?? []) if (!(name in value)) found.push(`${at}.${name} is missing`);
    for (const [name, item] of Object.entries(value)) {
      const property = schema.properties?.[name];
      if (property === undefined) found.push(`${at}.${name} is not in the schema`);
      else check(root, property, item, `${at}.${name}`, found);
    }
  }
}

function isOf(type: string, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "integer") return Number.isSafeInteger(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  return typeof value === type;
}
