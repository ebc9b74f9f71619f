/**
 * Which addresses a webhook may be sent to: public ones. A subscriber's host name is checked when it is resolved for the very
 * connection that is used, so a name that changes its address in between gains nothing.
 */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

import { CohortiumError } from '../../../skills/sdk/index.ts';

/** IPv4 blocks that are not globally reachable. @see IANA IPv4 Special-Purpose Address Registry */
const closedV4: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Inside 2000::/3, the only block in use for the public, what is not: Teredo and the like, documentation, 6to4. */
const closedV6: readonly (readonly [network: string, prefix: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const closed = new BlockList();
for (const [network, prefix] of closedV4) closed.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of closedV6) closed.addSubnet(network, prefix, 'ipv6');
const publicV6 = new BlockList();
publicV6.addSubnet('2000::', 3, 'ipv6');

/** @param address IPv4 or IPv6 text, without brackets */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !closed.check(address, 'ipv4');
  // Addresses that carry an IPv4 one (::ffff:…, 64:ff9b::…) lie outside 2000::/3, so they are refused as a whole.
  return family === 6 && publicV6.check(address, 'ipv6') && !closed.check(address, 'ipv6');
}

/** Resolves a name, and fails unless every address of it is public. For the `lookup` of a request. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const forbidden = addresses?.find(({ address }) => !isPublicAddress(address));
    const [first] = addresses ?? [];
    if (error) callback(error, '');
    else if (forbidden) callback(forbiddenAddress(hostname, forbidden.address), '');
    else if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};

/** Refuses an address that stands in the url itself, where nothing is resolved. */
export function refusePrivateLiteral({ hostname }: URL): void {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw forbiddenAddress(hostname, address);
}

function forbiddenAddress(host: string, address: string): CohortiumError {
  return new CohortiumError(
    'SUBSCRIBER_ADDRESS_FORBIDDEN',
    `${host} has the private address ${address}; set allowPrivate if you meant it`,
    {
      detail: { host, address },
    },
  );
}
