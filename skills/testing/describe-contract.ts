/** The contract as tests, one per claim, in whatever runner the author uses. */
import type { SkillDefinition } from '../sdk/index.ts';
import { checkSkill, type Claim, type CheckOptions } from './check-skill.ts';
import { claimNames } from './findings.ts';

/** `describe` and `it` of vitest, node:test, mocha or jest. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => void) => unknown;
}

/**
 * `describeSkillContract(skill, { samples: […] }, { describe, it })` in a test file.
 * @param options samples, or a function that makes them when the first test runs
 */
export function describeSkillContract(
  skill: SkillDefinition,
  options: CheckOptions | (() => CheckOptions),
  { describe, it }: TestRunner,
): void {
  let claims: readonly Claim[] | undefined;
  describe(`the contract of skill '${skill.id}'`, () => {
    for (const name of claimNames) {
      it(name, () => {
        claims ??= checkSkill(skill, typeof options === 'function' ? options() : options).claims;
        const claim = claims.find((each) => each.name === name);
        if (claim?.ok === false) throw new Error(`${skill.id} ${name}: no: ${claim.message}`);
      });
    }
  });
}
