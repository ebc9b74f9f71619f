/** What a skill author gives the kit: one way to start the skill, and what the outside world answers. */
export interface SkillSample {
  readonly input: Readonly<Record<string, unknown>>;
  /** As under `with:` in a pipeline; defaults are filled in. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** ISO date, 2026-01-31 when absent. */
  readonly asOf?: string;
  /**
   * Effect kind → outputs that it may reply with; the walk tries each. Needed for every effect that goes to a port. A pure effect
   * that is not named here is performed by the skill's own function.
   */
  readonly replies?: Readonly<Record<string, readonly unknown[]>>;
}
