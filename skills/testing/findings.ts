/** The claims that the kit makes about a skill, and what speaks against them. */
export const claimNames = [
  'is well formed',
  'has strict schemas that accept the samples',
  'has a flat machine that ends in done, failed or cancelled',
  'reaches every state',
  'waits for something in every state',
  'stops in every state when it is cancelled',
  'folds alike each time, without clock, randomness or I/O',
  'is plain JSON below 64 KiB at every step',
  'requests every effect that it declares and no other',
  'performs pure effects alike each time, without clock, randomness or I/O',
  'puts out what its schema says, or an error with code and message',
  'states facts of its output',
] as const;

export type ClaimName = (typeof claimNames)[number];

export interface Claim {
  readonly name: ClaimName;
  readonly ok: boolean;
  /** What speaks against the claim; empty when ok. */
  readonly message: string;
}

export interface Findings {
  readonly against: (claim: ClaimName, message: string) => void;
  readonly claims: () => readonly Claim[];
}

export function createFindings(): Findings {
  const found = new Map<ClaimName, Set<string>>(claimNames.map((name) => [name, new Set()]));
  return {
    against: (claim, message) => found.get(claim)?.add(message),
    claims: () => [...found].map(([name, messages]) => ({ name, ok: messages.size === 0, message: [...messages].join('; ') })),
  };
}
