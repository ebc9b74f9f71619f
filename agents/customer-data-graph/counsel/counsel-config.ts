/** `gate: counsel:` of cohortium.yaml: who decides, how many, and by when. Refuses a rule under which nobody could ever decide. */
import { z } from 'zod';

import { roleForm } from '../../../registries/people/person.ts';
import { purposes } from '../../../skills/gate/schemas.ts';

const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date such as 2026-12-25 was expected');
const roles = z.array(z.string().regex(roleForm, 'a role such as counsel was expected')).min(1);

export const counselConfigSchema = z
  .strictObject({
    recommend: roles.default(['counsel']).describe('Roles that may be assigned a case and recommend what to decide.'),
    approve: roles
      .default(['counsel', 'privacy-officer'])
      .describe('Roles that may approve, condition or reject what somebody else recommended.'),
    handle: roles
      .default(['operator', 'counsel', 'privacy-officer'])
      .describe('Roles that may assign, withdraw and reopen cases, revoke decisions, say that conditions are met, and put in test cases.'),
    approvals: z
      .partialRecord(z.enum(purposes), z.int().min(1).max(5))
      .default({ credit: 2, housing: 2 })
      .describe('By purpose: how many approve, besides who recommends; one where none is named.'),
    distinctRoles: z.boolean().default(false).describe('Who approves must act in another role than who recommended.'),
    slaDays: z.int().min(1).max(365).default(30).describe('Days in which a case is decided where no regime that sent it has a clock.'),
    holidays: z.array(isoDate).default([]).describe('Days that are no business days, besides Saturdays and Sundays.'),
    precedentDays: z.int().min(1).max(1096).default(365).describe('Longest time for which a decision holds.'),
    breakGlass: z
      .strictObject({
        roles: roles.default(['privacy-officer']).describe('Roles that may let a case through alone in an emergency.'),
        days: z.int().min(1).max(14).default(3).describe('Longest emergency, days.'),
      })
      .prefault({})
      .describe('One person lets a case through for some days; it goes on waiting for its decision. Not where two approvals are needed.'),
  })
  .prefault({})
  .superRefine(({ distinctRoles, recommend, approve }, context) => {
    if (distinctRoles && recommend.some((role) => approve.every((other) => other === role))) {
      context.addIssue({
        code: 'custom',
        path: ['distinctRoles'],
        message: `with distinct roles nobody could approve what ${recommend.join(', ')} recommends; add a role to approve`,
        input: distinctRoles,
      });
    }
  })
  .describe('Who decides what the gate leaves to people, and by when.');

export type CounselConfig = z.infer<typeof counselConfigSchema>;
