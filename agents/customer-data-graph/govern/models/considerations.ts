/** What a person should know before a model of this flow is used; every card says it. In the shape of CycloneDX considerations. */
export const considerations = {
  users: ['analysts and marketers of the merchant', 'agents that ask for a value through Cohortium'],
  useCases: [
    'ranking customers by expected spend in the prediction months',
    'sizing tiers and clusters; every use passes the gate with its purpose',
  ],
  technicalLimitations: [
    'customers without a purchase in the history months get no value',
    'new prices, assortments, locations or channels are not in the history that was learnt from',
    'the outcome is net spend up to the end of the prediction months: later returns are not in it',
    'intervals of the measures draw customers; they do not cover a market that changes',
  ],
  performanceTradeoffs: ['the ranking of high spenders is better known than their amounts; a mean is drawn towards the middle'],
  ethicalConsiderations: [
    {
      name: 'values follow past behaviour, so that who was served worse is valued lower',
      mitigationStrategy:
        'no declared attribute is a feature; measures by location, channel and brand are on the card; the gate decides per purpose',
    },
    {
      name: 'personal data',
      mitigationStrategy: 'the artefact holds thresholds and counts of groups of customers, and no row of a customer',
    },
  ],
} as const;
