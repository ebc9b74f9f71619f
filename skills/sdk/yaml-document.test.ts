import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { formatDiagnostic } from './errors.ts';
import { readYaml } from './yaml-document.ts';

const schema = z.strictObject({
  name: z.string(),
  steps: z.array(z.strictObject({ id: z.string(), days: z.int().positive().optional() })),
});

const messages = (text: string): string[] => readYaml(text, 'a.yaml', schema, 'CONFIG_INVALID').diagnostics.map(formatDiagnostic);

describe('a YAML document with a schema', () => {
  it('gives the value when all is well', () => {
    expect(readYaml('name: x\nsteps:\n  - id: a\n', 'a.yaml', schema, 'CONFIG_INVALID').value).toEqual({ name: 'x', steps: [{ id: 'a' }] });
  });

  it('reports every fault at once, each at its own place', () => {
    const found = messages('name: 3\nsteps:\n  - id: a\n    dyas: 3\n  - id: b\n    days: -1\n');
    expect(found).toHaveLength(3);
    expect(found[0]).toMatch(/^a\.yaml:1:1: error CONFIG_INVALID: name: .*found 3$/);
    expect(found[1]).toBe("a.yaml:4:5: error CONFIG_INVALID: unknown key 'dyas' in steps[0]");
    expect(found[2]).toMatch(/^a\.yaml:6:5: error CONFIG_INVALID: steps\[1\]\.days: .*found -1$/);
  });

  it('says in words what was expected, not in types of JavaScript', () => {
    const said = z.strictObject({
      steps: z.array(z.strictObject({ on: z.boolean() })),
      by: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('a') }), z.strictObject({ kind: z.literal('b') })]),
    });
    const found = readYaml('steps: [{ on: 3 }, 4]\nby: { kind: c }\n', 'a.yaml', said, 'CONFIG_INVALID').diagnostics;
    expect(found.map(({ message }) => message)).toEqual([
      'steps[0].on: true or false was expected; found 3',
      'steps[1]: an object was expected; found 4',
      "by.kind: one of 'a' | 'b' was expected; found \"c\"",
    ]);
    expect(messages('')[0]).toBe('a.yaml:1:1: error CONFIG_INVALID: an object was expected; found null');
  });

  it('points at the parent when the thing is missing', () => {
    expect(messages('name: x\nsteps:\n  - days: 1\n')[0]).toMatch(/^a\.yaml:3:5: .*steps\[0\]\.id.*found nothing$/);
  });

  it('says where the YAML itself is broken', () => {
    expect(messages('name: "x\nsteps: []\n')[0]).toMatch(/^a\.yaml:\d+:\d+: error CONFIG_INVALID: /);
  });

  it('refuses aliases that unfold without end', () => {
    const bomb = Array.from({ length: 12 }, (_, level) => `k${level}: &a${level} [${`*a${level - 1},`.repeat(level === 0 ? 0 : 9)}x]`).join(
      '\n',
    );
    expect(messages(`${bomb}\n`)[0]).toMatch(/^a\.yaml:1:1: error CONFIG_INVALID: /);
  });

  it('refuses a key given twice', () => {
    expect(messages('name: x\nname: y\nsteps: []\n')[0]).toMatch(/^a\.yaml:2:1: /);
  });
});
