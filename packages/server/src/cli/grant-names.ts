/** Grants whose registered name is a URN, by the part of it that people say. */
const shortNames: ReadonlyMap<string, string> = new Map([
  ['device_code', 'urn:ietf:params:oauth:grant-type:device_code'],
]);

/** The registered name of what was typed, which may be that name itself. Whether there is such a grant is not asked. */
export function registeredGrant(typed: string): string {
  return shortNames.get(typed) ?? typed;
}

/** As a person reads it: the short name where there is one. */
export function grantName(registered: string): string {
  return [...shortNames].find(([, name]) => name === registered)?.[0] ?? registered;
}
