/**
 * Finds what a deterministic core may not use: approximated Math functions, `**`, clocks, locales, randomness, the
 * process. Reads the syntax tree, so a mention in a comment or a string is no finding.
 */
import { parseSync } from '@swc/core';

const allowedMath = new Set([
  'abs',
  'min',
  'max',
  'floor',
  'ceil',
  'round',
  'trunc',
  'sqrt',
  'sign',
  'imul',
  'fround',
  'clz32',
  'PI',
  'LN2',
  'E',
  'SQRT2',
]);
const bannedGlobals = new Set([
  'Date',
  'Intl',
  'process',
  'performance',
  'crypto',
  'fetch',
  'setTimeout',
  'setInterval',
  'globalThis',
  'Temporal',
]);
const bannedMethods = new Set(['localeCompare', 'toLocaleString', 'toLocaleUpperCase', 'toLocaleLowerCase', 'toLocaleDateString']);

export interface Impurity {
  /** What was found, such as `Math.exp`. */
  readonly found: string;
  /** 1-based line. */
  readonly line: number;
}

/** Every impurity of a TypeScript source, in source order. */
export function findImpurities(source: string): Impurity[] {
  // swc's offsets go on counting over calls and count bytes; an ASCII marker statement gives the base.
  const tree = parseSync(`0;\n${source}`, { syntax: 'typescript', target: 'es2022' });
  const marker: unknown = tree.body[0];
  const base = isNode(marker) && isSpan(marker.span) ? marker.span.start : 0;
  const bytes = Buffer.from(`0;\n${source}`, 'utf8');
  const found: Impurity[] = [];
  const report = (node: Node, what: string): void => {
    const start = isSpan(node.span) ? node.span.start - base : 0;
    found.push({ found: what, line: bytes.subarray(0, start).toString('utf8').split('\n').length - 1 });
  };
  visit(tree, (node) => {
    if (node.type === 'BinaryExpression' && node.operator === '**') report(node, '**');
    if (node.type === 'AssignmentExpression' && node.operator === '**=') report(node, '**=');
    if (node.type === 'ImportDeclaration' && isNode(node.source) && String(node.source.value).startsWith('node:')) {
      report(node, `import ${String(node.source.value)}`);
    }
    if (node.type === 'MemberExpression' && isNode(node.property) && isNode(node.object)) {
      const property = String(node.property.value);
      if (node.object.type === 'Identifier' && node.object.value === 'Math' && !allowedMath.has(property)) report(node, `Math.${property}`);
      if (bannedMethods.has(property)) report(node, property);
    }
    if (node.type === 'Identifier' && typeof node.value === 'string' && bannedGlobals.has(node.value)) report(node, node.value);
  });
  return found;
}

type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

function visit(value: unknown, see: (node: Node) => void, parent?: Node): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see, parent);
  else if (typeof value === 'object' && value !== null) {
    const node = isNode(value) ? value : undefined;
    if (node) see(node);
    for (const [key, child] of Object.entries(value)) {
      // Types are erased, and the name of a property is not a use of the global of that name.
      if (key === 'typeAnnotation' || key === 'returnType' || key === 'typeParams' || key === 'key') continue;
      if (key === 'property' && node?.type === 'MemberExpression' && isNode(child) && child.type === 'Identifier') continue;
      visit(child, see, node ?? parent);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

function isSpan(value: unknown): value is { readonly start: number } {
  return typeof value === 'object' && value !== null && 'start' in value && typeof value.start === 'number';
}
