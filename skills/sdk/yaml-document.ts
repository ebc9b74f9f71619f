/**
 * Reads a YAML file that has a schema and says everything that is wrong with it at once, each with file:line:column. The
 * one way that this project reads what an operator writes.
 */
import { isCollection, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';

import type { Diagnostic, ErrorCode, SourcePosition } from './errors.ts';

export type YamlPath = readonly (string | number)[];

export interface YamlDocument<Value> {
  /** Absent when there are errors. */
  readonly value: Value | undefined;
  /** The parsed data before the schema looked at it. */
  readonly data: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** Where a value stands, or the nearest thing around it that is there. */
  readonly positionOf: (path: YamlPath) => SourcePosition;
}

/**
 * @param text the file's text
 * @param file name used in positions
 * @param schema zod schema of the whole document
 * @param code error code of the diagnostics
 */
export function readYaml<Value>(text: string, file: string, schema: z.ZodType<Value>, code: ErrorCode): YamlDocument<Value> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const positionOf = (path: YamlPath): SourcePosition => at(offsetOf(document.contents, path));
  const diagnostics: Diagnostic[] = document.errors.map((error) => ({
    code,
    severity: 'error',
    message: error.message,
    at: at(error.pos[0]),
  }));
  if (diagnostics.length > 0) return { value: undefined, data: undefined, diagnostics, positionOf };
  let data: unknown;
  try {
    data = document.toJS();
  } catch (error) {
    // Too many aliases: the library refuses to unfold them.
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, data: undefined, diagnostics: [{ code, severity: 'error', message, at: at(0) }], positionOf };
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return { value: parsed.data, data, diagnostics, positionOf };
  return { value: undefined, data, diagnostics: issueDiagnostics(parsed.error, code, data, positionOf), positionOf };
}

/**
 * Diagnostics of zod issues: what is wrong, what was found, where.
 * @param prefix path of the checked value inside the document
 */
export function issueDiagnostics(
  error: z.ZodError,
  code: ErrorCode,
  data: unknown,
  positionOf: (path: YamlPath) => SourcePosition,
  prefix: YamlPath = [],
): Diagnostic[] {
  return error.issues.flatMap((issue): Diagnostic[] => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    const place = [...prefix, ...path];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        code,
        severity: 'error',
        message: `unknown key '${key}'${place.length > 0 ? ` in ${describePath(place)}` : ''}`,
        at: positionOf([...place, key]),
      }));
    }
    const found = valueAt(data, path);
    const shown = found === undefined ? 'nothing' : (JSON.stringify(found) ?? 'nothing').slice(0, 80);
    const subject = place.length > 0 ? `${describePath(place)}: ` : '';
    return [{ code, severity: 'error', message: `${subject}${issueWords(issue)}; found ${shown}`, at: positionOf(place) }];
  });
}

/** What an issue says was expected: the schema's own words, or ours for those that speak of types of JavaScript. */
export function issueWords({ message }: Pick<z.core.$ZodIssue, 'message'>): string {
  const expected = /^Invalid input: expected (\w+), received /.exec(message)?.[1];
  if (expected !== undefined) return `${kindNames.get(expected) ?? expected} was expected`;
  return message.replace(/^Invalid discriminator value\. Expected (.*)$/, 'one of $1 was expected');
}

const kindNames: ReadonlyMap<string, string> = new Map([
  ['object', 'an object'],
  ['record', 'an object'],
  ['array', 'a list'],
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
]);

/** `steps[2].with.horizonDays` */
export function describePath(path: YamlPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function valueAt(data: unknown, path: YamlPath): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(part))?.[1];
  }
  return value;
}

/** Offset of the key of the last part of the path, else of the nearest enclosing node. */
function offsetOf(contents: unknown, path: YamlPath): number {
  let node: unknown = contents;
  let offset = isNode(node) ? startOf(node) : 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (!pair) return offset;
      if (isNode(pair.key)) offset = startOf(pair.key);
      node = pair.value;
    } else if (isCollection(node) && typeof part === 'number') {
      const item: unknown = node.items[part];
      if (!isNode(item)) return offset;
      offset = startOf(item);
      node = item;
    } else return offset;
  }
  return offset;
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
