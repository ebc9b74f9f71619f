/** Memberships: how they follow from cohort runs, and how they are packed. Pure functions on rows of bytes. */
export { correctRows } from './correct-rows.ts';
export { countChanges, countMembers, countTransitions, type RowCounts, type Transition } from './count-rows.ts';
export { foldRows, rowsOfCustomers, rowsOfVersion, rowsWhere } from './fold-rows.ts';
export {
  type ChangeKind,
  changeKinds,
  confidenceUnits,
  type MembershipRow,
  MembershipRows,
  never,
  none,
  noRows,
  rowBytes,
  RowWriter,
} from './membership-rows.ts';
export { type Hysteresis, type IdentityChanges, noIdentityChanges, resolveSeries, type RunMembers } from './resolve-series.ts';
export { type FamilyMember, settleFamily } from './settle-family.ts';
