/** The signal registry as the doors use it: shipped declarations and the operator's, checked and ready to apply. */
export interface CompiledSignalRegistry {
  /** SHA-256 of the canonical declarations. */
  readonly digest: string;
}
