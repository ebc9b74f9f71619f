/** Why parts of a record are absent: one sentence each, so that absent means the same in every record. */
export const absences = {
  cache: 'no cache answers for this agent: lookups read the score store itself',
  embedding: 'no embedding of the customer was computed in this run',
  explanation: 'no attributions were computed in this run',
  feedback: 'the horizon is not over; what came true is a feedback record',
  tracker: 'no experiment tracker is configured; the run record holds what was fitted and how well',
  bootstrap: 'no bootstrap per customer; bootstrap intervals of error and spend are in the recalibration record',
  frequentist: 'the holdout was too small for a conformal reach',
  contribution: 'the mixed prediction is put out, not the parts',
  crossValidation: 'the models weigh the same: there was no earlier day to try them on',
  dormant: 'this axis is switched off',
  otherCohorts: 'computed by pipelines of cohort definitions; the membership registry holds them',
  noModelCall: 'no language model was called with the value or about it',
  zeroRetentionUnproven: 'a language model is called, and nobody has put evidence of zero retention on record',
  review: 'no person was asked',
  opinions: 'no other policy engine was asked',
  acknowledgment: 'not known yet; a later emission record has it',
} as const;
