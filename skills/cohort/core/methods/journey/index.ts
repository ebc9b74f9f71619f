/** Journeys: a mixture of Markov chains over sequences of events. */
export { directlyFollows, type DirectlyFollows } from './directly-follows.ts';
export { journey } from './fit-journey.ts';
export type { DropOff, JourneyConfig, JourneyModel, JourneyProfile, TypicalStep } from './model.ts';
export type { TypicalPath } from './typical-paths.ts';
