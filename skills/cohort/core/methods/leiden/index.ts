/** Graph clustering by Leiden over co-purchase, referral and household links. */
export { leiden } from './fit-leiden.ts';
export { type Baskets, type BasketLinks, linkBaskets, type LinkLimits } from './link-baskets.ts';
export type { LinkColumns } from './links.ts';
export type { CommunityProfile, LeidenConfig, LeidenModel } from './model.ts';
