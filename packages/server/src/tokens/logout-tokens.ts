/** Logout tokens: what a client is told when a session it took part in has ended. */
import { buildLogoutToken } from '@countersign/protocol';
import type { KeyManager } from '../keys/index.ts';
import type { Random } from '../ports.ts';
import type { ClientRecord } from '../storage/ports.ts';
import type { PublicSubjects } from '../subjects/index.ts';
import type { ResponseEncryption } from './response-encryption.ts';
import { keyReference, signJwt } from './sign-jwt.ts';

export interface LogoutTokens {
  /**
   * A fresh token each time, signed as the client's ID tokens are, and encrypted where they are. It names the session, which is
   * in every ID token, and the person as the client knows it; a person that the client cannot know any more is left out.
   * @throws {OAuthError} `temporarily_unavailable` when it must be encrypted and the client has no key
   * @see OpenID Connect Back-Channel Logout §2.4
   */
  issue(request: {
    readonly client: ClientRecord;
    readonly issuer: string;
    /** Subject id; the account may be disabled or gone. */
    readonly subject: string;
    readonly sessionId: string;
    readonly now: number;
  }): Promise<string>;
}

const lifetimeSeconds = 120;

export function createLogoutTokens(parts: {
  readonly keys: Pick<KeyManager, 'signingKey'>;
  readonly publicSubjects: Pick<PublicSubjects, 'find'>;
  readonly encryption: ResponseEncryption;
  readonly random: Random;
}): LogoutTokens {
  const { keys, publicSubjects, encryption, random } = parts;
  return {
    async issue({ client, issuer, subject, sessionId, now }) {
      const encrypt = await encryption.find(client, 'idToken');
      const key = await keys.signingKey(client.tenant, client.metadata.idTokenSignedResponseAlg);
      const token = buildLogoutToken({
        key: keyReference(key),
        issuer,
        clientId: client.id,
        subject: await publicSubjects.find(client, subject),
        sid: sessionId,
        issuedAt: now,
        expiresAt: now + lifetimeSeconds,
        jti: random.token(16),
      });
      const jwt = await signJwt(key, token);
      return encrypt === undefined ? jwt : encrypt(jwt, 'JWT', { iss: issuer });
    },
  };
}
