/** Steps of the tie-out and parts of the wording, each with the fact of the gate that says that people have completed it. */

export interface WorksheetStep {
  /** Column of the table for the accountant. */
  readonly column: string;
  readonly fact: string;
  readonly step: string;
  readonly logKnows: string;
  readonly logCannotKnow: string;
}

/** @see FASB ASC 606-10-05-4 */
export const revenueSteps: readonly WorksheetStep[] = [
  {
    column: 'asc606_1_contract',
    fact: 'asc606Contract',
    step: '1. Contract with a customer',
    logKnows: 'sales signals and their amounts',
    logCannotKnow: 'enforceable rights, collectability, sales that are none of contracts (gift cards, transfers)',
  },
  {
    column: 'asc606_2_obligations',
    fact: 'asc606Obligations',
    step: '2. Performance obligations',
    logKnows: 'how often points were earned or redeemed: possible material rights (606-10-55-42)',
    logCannotKnow: 'what was promised, subscriptions, warranties, whether the operator is principal or agent',
  },
  {
    column: 'asc606_3_price',
    fact: 'asc606Price',
    step: '3. Transaction price',
    logKnows: 'amounts as sent, and returns in the month of the return',
    logCannotKnow: 'sales tax, refunds to be expected, rebates, the constraint on variable consideration',
  },
  {
    column: 'asc606_4_allocation',
    fact: 'asc606Allocation',
    step: '4. Allocation',
    logKnows: 'nothing',
    logCannotKnow: 'stand-alone selling prices, discounts over several obligations, points',
  },
  {
    column: 'asc606_5_recognised',
    fact: 'asc606Recognition',
    step: '5. Recognition',
    logKnows: 'the day of the sale',
    logCannotKnow: 'when control passes, deferred revenue, breakage, cut-off; ties to the ledger of accounts',
  },
];

/** Every fact that a use for investor-reporting has to state once the worksheet is completed. */
export const factsToState: readonly string[] = [
  'measureKind',
  'publicDisclosure',
  'kpiDefinition',
  'kpiReasons',
  'kpiAssumptions',
  'kpiChanges',
  ...revenueSteps.map(({ fact }) => fact),
  'regGReconciliation',
  'gaapProminence',
  'tailoredAccounting',
  'inAuditedDocument',
  'otherInformationRead',
  'relatedPartyRevenue',
];
