/** Who had what of the record in their hands, in order. */

export const custodySteps = ['created', 'exported', 'anchored', 'accessed', 'held', 'released', 'erased'] as const;
export type CustodyStep = (typeof custodySteps)[number];

export interface CustodyEntry {
  /** Ledger index of the entry itself. */
  readonly index: number;
  readonly step: CustodyStep;
  /** ISO 8601, the agent's clock. */
  readonly time: string;
  /** Person id, or the service. */
  readonly by: string;
  /** `person:<id>` or `service:<name>`: whose key has signed the step; null for one of which no statement was signed. */
  readonly signedBy: string | null;
  /** Where it is from now on, where the step moves it or makes a copy; null where it stays. */
  readonly holder: string | null;
  /** Who held it before: the agent, or whoever the step before says. */
  readonly before: string;
  /** What the entry says, as it was written; null when it was erased. */
  readonly says: Readonly<Record<string, unknown>> | null;
}

export interface CustodyQuestion {
  /** Only what concerns this leaf; everything when absent. */
  readonly record?: number;
  /** Of a batch leaf, the one record that is asked about. */
  readonly item?: number | null;
}

export interface CustodyDoor {
  /** Oldest first. @throws {CohortiumError} RECORD_NOT_FOUND */
  custody(question: CustodyQuestion): Promise<readonly CustodyEntry[]>;
}
