/**
 * Beside a request object of OpenID Connect, `response_type` and a `scope` with `openid` stand in the open as well
 * (OpenID Connect Core §6.1, §6.2). One of RFC 9101, which says so by its `typ`, needs `client_id` alone (RFC 9101 §5).
 */
import { OAuthError, type Parameters, type RequestObject } from '@countersign/protocol';

export function requireOutsideParameters(outside: Parameters, object: RequestObject): void {
  if (object.form === 'typed') return;
  const inside = new Map(object.parameters);
  if (!hasOpenid(inside.get('scope')?.[0])) return;
  const [type] = inside.get('response_type') ?? [];
  if (!outside.has('response_type') || (type !== undefined && type !== outside.get('response_type'))) {
    throw refusal('response_type beside the request object is missing, or not that inside');
  }
  if (!hasOpenid(outside.get('scope')))
    throw refusal('scope beside the request object does not contain openid');
}

function hasOpenid(scope: string | undefined): boolean {
  return (scope ?? '').split(' ').includes('openid');
}

function refusal(description: string): OAuthError {
  return new OAuthError('invalid_request', description);
}
