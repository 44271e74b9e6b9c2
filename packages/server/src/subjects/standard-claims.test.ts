import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseStandardClaims } from './standard-claims.ts';

describe('standard claims from an operator', () => {
  it('takes claims by their wire names into the record, an address included (OpenID Connect Core §5.1)', () => {
    const claims = {
      given_name: 'Ada',
      family_name: null,
      phone_number: '+49 30 1',
      phone_number_verified: true,
      email: 'ada@example.org',
      email_verified: true,
      address: { street_address: 'Main 1', postal_code: '12345', country: 'GB' },
    };
    assert.deepEqual(parseStandardClaims(claims), {
      email: 'ada@example.org',
      emailVerified: true,
      profile: {
        givenName: 'Ada',
        familyName: null,
        phoneNumber: '+49 30 1',
        phoneNumberVerified: true,
        address: { streetAddress: 'Main 1', postalCode: '12345', country: 'GB' },
      },
    });
  });

  it('refuses what the server makes itself, names in another spelling, and values of another type (OpenID Connect Core §5.1)', () => {
    const bad: readonly unknown[] = [
      [],
      'text',
      null,
      { sub: 'USR-x' },
      { updated_at: 1 },
      { givenName: 'Ada' },
      JSON.parse('{"__proto__": {}}'),
      { email: 5 },
      { email_verified: 'yes' },
      { address: { streetAddress: 'x' } },
    ];
    for (const input of bad)
      assert.throws(() => parseStandardClaims(input), { name: 'SubjectError', code: 'invalid_profile' });
  });
});
