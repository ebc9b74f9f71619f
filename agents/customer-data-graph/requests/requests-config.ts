/** `requests:` of cohortium.yaml: who answers persons, by when where no law says it, and what an answer has to tell about the operator. */
import { z } from 'zod';

import { roleForm } from '../../../registries/people/person.ts';
import { identityLevels, requestKinds } from './request-kinds.ts';

const line = z.string().trim().min(1).max(600);

export const requestsConfigSchema = z
  .strictObject({
    handle: z
      .array(z.string().regex(roleForm, 'a role such as counsel was expected'))
      .min(1)
      .default(['operator', 'counsel', 'privacy-officer'])
      .describe('Roles of people who may take steps on requests of persons.'),
    days: z.int().min(1).max(90).default(30).describe('Calendar days to answer where no law gives the right, or none is known to.'),
    identity: z
      .partialRecord(z.enum(requestKinds), z.enum(identityLevels))
      .default({})
      .describe('By kind of request: a level of identity above the one that the law asks for.'),
    downloadDays: z.int().min(1).max(90).default(14).describe('Days after its export in which an answer can be fetched over HTTP.'),
    contact: line.optional().describe('Where persons reach who answers them, and the data protection officer; stands in every answer.'),
    privacyNotice: z.url().optional().describe('Address of the privacy notice.'),
    authority: line.optional().describe('Where persons can complain; stands in every denial.'),
    legalBases: z
      .record(z.string().min(1), line)
      .default({})
      .describe('By purpose: the legal basis, in words; the gate does not know it for people to read.'),
    sources: z.array(line).default([]).describe('Where data come from besides the persons themselves.'),
    transfers: z.array(line).default([]).describe('Transfers to third countries, each with its safeguard.'),
    drp: z
      .strictObject({
        businessId: z
          .string()
          .regex(/^[A-Z_]+$/, 'capital letters and underscores were expected, as in the service directory')
          .describe('Id of this business in the service directory of the Data Rights Protocol.'),
        verificationUrl: z
          .url({ protocol: /^https$/, error: 'an https address was expected' })
          .optional()
          .describe('Where persons show who they are, when an agent is told that more is needed.'),
      })
      .optional()
      .describe('Takes requests of authorised agents by the Data Rights Protocol, with `cohortium serve --requests`.'),
    openDsr: z
      .strictObject({
        domain: z
          .string()
          .regex(/^[a-z0-9.-]+$/, 'a domain name was expected')
          .describe('Name in the certificate that answers are signed with.'),
        certificateUrl: z.url({ protocol: /^https$/ }).describe('Where that certificate can be fetched.'),
        keyFile: line.describe('PEM file with its private key, RSA or ECDSA; only its owner may read it.'),
      })
      .optional()
      .describe('Takes requests of controllers by OpenDSR, with `cohortium serve --requests`.'),
  })
  .prefault({})
  .describe('Requests of persons about their data: `cohortium requests` answers them.');

export type RequestsConfig = z.infer<typeof requestsConfigSchema>;
