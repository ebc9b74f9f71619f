/** What Leiden is told and what it returns. */

export interface LeidenConfig {
  /** γ > 0: a community is kept where its links are γ times as dense as chance would have them. Higher finds more; 1 by default. */
  readonly resolution?: number;
  /** Independent runs, of which the one with the highest modularity is kept; 3 by default. */
  readonly runs?: number;
  /** How often each run is repeated from where it ended; 2 by default. */
  readonly rounds?: number;
  /** Communities with fewer members are no cohort: label −1; 2 by default. */
  readonly minMembers?: number;
}

/** One community in words and numbers. */
export interface CommunityProfile {
  readonly size: number;
  /** Of all customers. */
  readonly share: number;
  /** Share of its members' link weight that stays inside, in [0, 1]. */
  readonly inside: number;
  /** What `inside` would be if links were drawn by chance with the same strengths. */
  readonly expected: number;
  /** Weight of the links that leave, over the smaller of its own strength and that of the rest; small is well separated. */
  readonly conductance: number;
  /** Up to five members with the most link weight inside, strongest first. */
  readonly hubs: readonly { readonly id: string; readonly weight: number }[];
}

/** Plain JSON. */
export interface LeidenModel {
  readonly method: 'leiden';
  readonly resolution: number;
  readonly customers: number;
  /** Different pairs of customers with a link. */
  readonly links: number;
  /** Sum of the weights. */
  readonly weight: number;
  /** Of all communities, also of those too small to be a cohort; with the resolution above. */
  readonly modularity: number;
  /** Modularity of every run; far apart means that the links do not decide the communities. */
  readonly runs: readonly number[];
  /** Ascending. */
  readonly ids: readonly string[];
  /** Cohort of each id; −1 for none. */
  readonly label: readonly number[];
  readonly cohorts: readonly CommunityProfile[];
}
