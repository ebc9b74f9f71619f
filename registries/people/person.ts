/**
 * Who may propose, approve and decide: one file per person, `registries/people/<id>.json`, with the public key that its signatures are
 * checked by and the roles that it acts in. Roles are who may do what with reviews; models are approved by anybody in the registry.
 */
import { z } from 'zod';

export const personIdForm = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Such as counsel, privacy-officer or operator; cohortium.yaml says what each may do. */
export const roleForm = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

export const personSchema = z.strictObject({
  format: z.literal('cohortium/person@1'),
  id: z.string().regex(personIdForm, 'an id such as ada-lovelace was expected'),
  /** As others read it; the id where none was given. */
  name: z.string().min(1),
  /** C2SP verifier key, Ed25519. */
  key: z.string().min(1),
  /** ISO instant. */
  addedAt: z.string(),
  roles: z.array(z.string().regex(roleForm, 'a role such as counsel was expected')).default([]),
  /** Leaves of the ledger when the key was entered: what stands before them it cannot have signed. 0 where nobody wrote it down. */
  after: z.int().min(0).default(0),
  /** Since when the key signs nothing that counts; null for one in force. What it signed before stays signed. */
  revoked: z
    .strictObject({
      /** Leaves of the ledger that it may have signed. */
      upTo: z.int().min(0),
      at: z.string(),
      why: z.string(),
    })
    .nullable()
    .default(null),
});
export type Person = z.infer<typeof personSchema>;
