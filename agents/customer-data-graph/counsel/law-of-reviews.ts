/** What reviews need of the law: the rule behind an id, its text as a digest, the facts it reads, and the clocks of its regime. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { z } from 'zod';

import { clockNames, type RegimeClock } from '../../../skills/gate/core/counsel/due-day.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import type { RegimeFile } from '../../../skills/gate/law/regime-schema.ts';
import { digestOf } from '../../../skills/sdk/index.ts';
import type { PolicyBundle } from '../law/bundle.ts';

export interface ReviewLaw {
  readonly bundle: PolicyBundle;
  readonly rule: (id: string) => PolicyRule | undefined;
  /** Of the text of a rule: another text, another version. One that the bundle does not have is told by its id alone. */
  readonly version: (id: string) => string;
  readonly regime: (id: string | null | undefined) => RegimeFile | undefined;
  /** Clocks of the regimes that these rules come from. */
  readonly clocks: (rules: readonly string[]) => readonly RegimeClock[];
  /** Names among `facts` that these rules read; all of them where a rule is not in the bundle. */
  readonly decisive: (rules: readonly string[], facts: readonly string[]) => readonly string[];
}

export function reviewLaw(bundle: PolicyBundle): ReviewLaw {
  const rules = new Map(bundle.rules.map((rule) => [rule.id, rule]));
  const regimes = new Map(bundle.law.files.map((file) => [file.regime, file]));
  const regime: ReviewLaw['regime'] = (id) => (id === null || id === undefined ? undefined : regimes.get(id));
  return {
    bundle,
    rule: (id) => rules.get(id),
    version: (id) => digestOf(rules.get(id)?.cedar ?? ['no rule of the bundle', id]),
    regime,
    clocks: (ids) => {
      const named = new Set(ids.map((id) => rules.get(id)?.regime));
      return [...named].flatMap((id) => {
        const file = regime(id);
        return file ? clockNames.flatMap((name): RegimeClock[] => clockOf(file, name)) : [];
      });
    },
    decisive: (ids, facts) => {
      const found = ids.map((id) => rules.get(id));
      if (found.some((rule) => rule === undefined)) return [...facts].sort();
      const read = new Set(found.flatMap((rule) => rule?.facts ?? []));
      return facts.filter((name) => read.has(name)).sort();
    },
  };
}

function clockOf({ regime, deadlines }: RegimeFile, name: string): RegimeClock[] {
  const amount = deadlines[name];
  return typeof amount === 'number' ? [{ regime, name, amount }] : [];
}

const approvalSchema = z.looseObject({ approvedBy: z.string(), key: z.string() });

/** Who signed the operator's files that these rules stand in; the bundle has checked the signatures. */
export function authorsOf(
  directory: string,
  law: ReviewLaw,
  rules: readonly string[],
): readonly { readonly by: string; readonly key: string }[] {
  const files = new Set(rules.flatMap((id) => law.rule(id)?.file ?? []));
  return [...files].flatMap((file) => {
    try {
      const { approvedBy: by, key } = approvalSchema.parse(JSON.parse(readFileSync(join(directory, `${file}.approval.json`), 'utf8')));
      return [{ by, key }];
    } catch {
      return []; // files of the law and plain policies have no signature
    }
  });
}
