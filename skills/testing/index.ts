/** The contract kit: what a skill author runs in the skill's own test suite. Needs no test runner of its own. */
export { checkSkill, type Claim, type CheckOptions } from './check-skill.ts';
export { describeSkillContract, type TestRunner } from './describe-contract.ts';
export { createMemoryContent } from './memory-content.ts';
export type { SkillSample } from './skill-sample.ts';
