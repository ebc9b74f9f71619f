/** Personas: groups of customers by numbers and categories at once, named by what sets them apart. */
import type { CohortMethod } from '../method.ts';
import { assignPersonas, type PersonaAssignment } from './assign.ts';
import type { PersonaColumns } from './columns.ts';
import type { PersonaConfig } from './config.ts';
import { fitPersonas } from './fit.ts';
import type { PersonaModel } from './model.ts';

export type { PersonaAssignment } from './assign.ts';
export type { CategoryColumn, CategoryDictionary, PersonaColumns } from './columns.ts';
export type { PersonaConfig } from './config.ts';
export type { CategoryProfile, PersonaModel, PersonaProfile, Prototype, Trait, ValueProfile } from './model.ts';

/** Its assignments also say which persona is next nearest. */
export interface PersonaMethod extends CohortMethod<PersonaColumns, PersonaConfig, PersonaModel> {
  readonly assign: (model: PersonaModel, data: PersonaColumns) => PersonaAssignment;
}

/** @see Huang (1998), "Extensions to the k-means algorithm for clustering large data sets with categorical values" */
export const persona: PersonaMethod = { id: 'persona', title: 'Personas (k-prototypes)', fit: fitPersonas, assign: assignPersonas };
