import { OAuthError } from '@countersign/protocol';

/** The one answer to every failed client authentication. */
export function clientRefusal(detail: string, cause?: unknown): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed', { detail, cause });
}
