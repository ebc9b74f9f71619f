/** The six skills that come with the package, in the order of the data path. */
import { skill as audit } from '../../skills/audit/skill.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import { skill as emission } from '../../skills/emission/skill.ts';
import { skill as gate } from '../../skills/gate/skill.ts';
import { skill as recalibrate } from '../../skills/recalibrate/skill.ts';
import type { SkillDefinition } from '../../skills/sdk/index.ts';
import { skill as signalCapture } from '../../skills/signal-capture/skill.ts';

export const builtinSkills: readonly SkillDefinition[] = [signalCapture, cohort, recalibrate, gate, audit, emission];
