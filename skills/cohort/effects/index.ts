/** The pure effects: they read tables, call the cores with columns, and write tables. */
import { assign } from './assign.ts';
import { collect } from './collect.ts';
import { fit } from './fit.ts';
import { value } from './value.ts';

export const pure = { 'clv.fit': fit, 'clv.value': value, 'axes.assign': assign, 'cohorts.collect': collect };
