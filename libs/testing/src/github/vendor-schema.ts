import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { Ajv, type ValidateFunction } from 'ajv';

/** A value of the vendor's description, of which only what is looked at is known. */
type Node = Readonly<Record<string, unknown>>;

/** What the vendor says of one operation. */
export interface VendorOperation {
  /** `git/get-ref` */
  readonly id: string;
  readonly method: string;
  /** `/repos/{owner}/{repo}/git/ref/{ref}` */
  readonly path: string;
  readonly node: Node;
}

export interface MatchedOperation extends VendorOperation {
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>;
}

export interface VendorSchema {
  /** The operation of a request; the one with the fewest parameters where several fit. */
  match(method: string, path: string): MatchedOperation | undefined;
  /** What does not fit in a request, in words; nothing when all of it does. */
  faultsOfRequest(operation: MatchedOperation, query: URLSearchParams, body: unknown): string[];
  /** The same of an answer of our own. */
  faultsOfAnswer(operation: VendorOperation, status: number, body: unknown): string[];
  /** The vendor's own example of an answer, as a fresh copy. */
  example(name: string): Record<string, unknown>;
}

const file = '@octokit/openapi/generated/api.github.com.json';

let read: VendorSchema | undefined;

/** GitHub's published description of its REST API. Ten megabytes, and schemas made of it, are read once: they never change. */
export function readVendorSchema(): VendorSchema {
  return (read ??= makeVendorSchema());
}

function makeVendorSchema(): VendorSchema {
  const root = JSON.parse(readFileSync(createRequire(import.meta.url).resolve(file), 'utf8')) as Node;
  const operations = listOperations(root);
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateFormats: false });
  const compiled = new Map<string, ValidateFunction>();
  const faults = (key: string, schema: () => Node, value: unknown): string[] => {
    const validate = compiled.get(key) ?? ajv.compile(plainSchema(root, schema(), []) as Node);
    compiled.set(key, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${key}${error.instancePath} ${error.message ?? 'does not fit'}`);
  };

  return {
    match: (method, path) => matchOperation(operations, method, path),
    faultsOfRequest(operation, query, body) {
      const known = parametersOf(root, operation.node);
      const given = new Map([...Object.entries(operation.params), ...query]);
      const unknown = [...query.keys()].filter((name) => !known.some((each) => each['name'] === name));
      return [
        ...unknown.map((name) => `${operation.id} has no parameter ${name}`),
        ...known.flatMap((parameter) => {
          const { name, required } = parameter as { name: string; required?: boolean };
          const text = given.get(name);
          if (text === undefined) return required === true ? [`${operation.id} needs ${name}`] : [];
          const schema = resolve(root, parameter['schema']);
          return faults(`${operation.id} ${name}`, () => schema, typed(text, schema));
        }),
        ...bodyFaults(root, operation, body, faults),
      ];
    },
    faultsOfAnswer({ id, node }, status, body) {
      const response = resolve(root, (node['responses'] as Node)[String(status)]);
      const schema = jsonSchemaOf(response);
      if (schema === undefined) return [];
      return faults(`${id} ${status}`, () => schema, body);
    },
    example(name) {
      const { value } = (root['components'] as { examples: Record<string, { value: Record<string, unknown> }> })
        .examples[name] ?? { value: undefined };
      if (value === undefined) throw new Error(`GitHub gives no example ${name}`);
      return structuredClone(value);
    },
  };
}

function bodyFaults(
  root: Node,
  { id, node }: VendorOperation,
  body: unknown,
  faults: (key: string, schema: () => Node, value: unknown) => string[],
): string[] {
  const request = resolve(root, node['requestBody']);
  const schema = jsonSchemaOf(request);
  if (schema === undefined) return body === undefined ? [] : [`${id} takes no body`];
  if (body === undefined) return request['required'] === true ? [`${id} needs a body`] : [];
  return faults(`${id} body`, () => closed(resolve(root, schema)), body);
}

/** GitHub ignores what it does not know; here it is a mistake, most often a wrong name. */
function closed(schema: Node): Node {
  return schema['properties'] === undefined || schema['additionalProperties'] !== undefined
    ? schema
    : { ...schema, additionalProperties: false };
}

function listOperations(root: Node): VendorOperation[] {
  const methods = new Set(['get', 'post', 'put', 'patch', 'delete']);
  return Object.entries(root['paths'] as Record<string, Record<string, Node>>).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => methods.has(method))
      .map(([method, node]) => ({ id: String(node['operationId']), method: method.toUpperCase(), path, node })),
  );
}

function matchOperation(
  operations: readonly VendorOperation[],
  method: string,
  path: string,
): MatchedOperation | undefined {
  const parts = path.split('/');
  const fitting = operations.flatMap((operation) => {
    const names = operation.path.split('/');
    if (operation.method !== method || names.length !== parts.length) return [];
    const params: Record<string, string> = {};
    for (const [index, name] of names.entries()) {
      const part = parts[index] ?? '';
      if (!name.startsWith('{')) {
        if (name !== part) return [];
      } else if (part === '') return [];
      else params[name.slice(1, -1)] = decodeURIComponent(part);
    }
    return [{ ...operation, params }];
  });
  return fitting.toSorted((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)[0];
}

function parametersOf(root: Node, node: Node): Node[] {
  return ((node['parameters'] ?? []) as unknown[])
    .map((parameter) => resolve(root, parameter))
    .filter((parameter) => parameter['in'] === 'path' || parameter['in'] === 'query');
}

function jsonSchemaOf(holder: Node): Node | undefined {
  const content = holder['content'] as Record<string, { schema?: Node }> | undefined;
  return content?.['application/json']?.schema;
}

/** What stands in an address is text. */
function typed(text: string, schema: Node): unknown {
  if (schema['type'] === 'integer' || schema['type'] === 'number') return Number(text);
  if (schema['type'] === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  return text;
}

function resolve(root: Node, node: unknown): Node {
  if (typeof node !== 'object' || node === null) return {};
  const reference = (node as Node)['$ref'];
  if (typeof reference !== 'string') return node as Node;
  let found: unknown = root;
  for (const part of reference.split('/').slice(1)) found = (found as Node)[part];
  return resolve(root, found);
}

/** OpenAPI 3.0 as JSON Schema: references put in (a schema within itself is not followed), `nullable` spelled out. */
function plainSchema(root: Node, node: unknown, within: readonly string[]): unknown {
  if (Array.isArray(node)) return node.map((item) => plainSchema(root, item, within));
  if (typeof node !== 'object' || node === null) return node;
  const reference = (node as Node)['$ref'];
  if (typeof reference === 'string') {
    if (within.includes(reference)) return {};
    return plainSchema(root, resolve(root, node), [...within, reference]);
  }
  const { nullable, example: _, discriminator: __, ...rest } = node as Node;
  const schema = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, plainSchema(root, value, within)]),
  );
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}
