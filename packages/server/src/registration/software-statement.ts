/** Software statements (RFC 7591 §2.3): refused, unless the tenant trusts who signed them. */
import {
  OAuthError,
  parseSoftwareStatement,
  type SoftwareStatement,
  verifySoftwareStatement,
} from '@countersign/protocol';
import type { Jwk } from '@countersign/protocol/jose';
import type { SelfDescription } from '../clients/index.ts';
import type { RequestContext } from '../http/context.ts';
import type { StatementIssuer } from '../storage/ports.ts';

type Members = Readonly<Record<string, unknown>>;

/** Keys of an issuer that may have signed this. @throws {OAuthError} when they cannot be had now */
export type StatementKeys = (
  issuer: StatementIssuer,
  header: SoftwareStatement['header'],
) => Promise<readonly Jwk[]>;

/**
 * What a client says of itself, with what a statement in it says standing over the rest.
 * @param known the statement that it is registered with, which stays good although it may have expired
 * @throws {OAuthError} `invalid_software_statement`, `unapproved_software_statement`
 */
export type DescribeSelf = (
  context: RequestContext,
  members: Members,
  known?: string | null,
) => Promise<SelfDescription>;

export function createDescribeSelf(parts: {
  readonly statementKeys: StatementKeys;
  readonly skewSeconds: number;
}): DescribeSelf {
  return async (context, members, known = null) => {
    const text = members.software_statement ?? '';
    if (text === '') return { members, statement: null };
    if (typeof text !== 'string') {
      throw new OAuthError('invalid_software_statement', 'software_statement is not a string');
    }
    const statement = parseSoftwareStatement(text);
    const issuer = trustedIssuer(context, statement);
    if (text !== known) {
      await verifySoftwareStatement(statement, {
        keys: await parts.statementKeys(issuer, statement.header),
        audiences: [context.issuer, `${context.issuer}/oauth2/register`],
        now: context.now,
        skewSeconds: parts.skewSeconds,
      });
    }
    return {
      members: { ...members, ...statement.members },
      statement: { text, vouched: Object.keys(statement.members) },
    };
  };
}

/** Asked each time: who is no longer trusted vouches for nothing that is written from now on. */
function trustedIssuer({ tenant }: RequestContext, { issuer }: SoftwareStatement): StatementIssuer {
  const trusted = tenant.settings.dynamicClients.statementIssuers.find((entry) => entry.issuer === issuer);
  if (trusted === undefined) {
    throw new OAuthError(
      'unapproved_software_statement',
      'software_statement is of an issuer that is not trusted here',
    );
  }
  return trusted;
}
