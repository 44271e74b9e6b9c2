import { describeAnswer, textOf } from '../http.ts';
import { verifyJwt } from '../jwt.ts';
import type { Step } from '../step.ts';
import { api } from '../world.ts';

export const clientCredentials: Step = {
  name: 'Client credentials',
  async run({ issuer, http, clients }, check) {
    const form = { grant_type: 'client_credentials', scope: 'read' };
    const answer = await http.post(`${issuer}/oauth2/token`, form, clients.job);
    check('a service gets a token', answer.status === 200, describeAnswer(answer));
    check('it is not to be stored', answer.headers.get('cache-control') === 'no-store');
    const jwt = await verifyJwt(http, issuer, textOf(answer, 'access_token'));
    check('its signature verifies with the published keys', jwt !== undefined);
    const { iss, aud, client_id, scope } = jwt?.claims ?? {};
    check('it is an access token (RFC 9068)', jwt?.typ === 'at+jwt', jwt?.typ);
    check(
      'issuer, audience, client and scope are right',
      [iss, aud, client_id, scope].join(' ') === `${issuer} ${api} job read`,
    );
    const wrong = await http.post(`${issuer}/oauth2/token`, form, { ...clients.job, secret: 'wrong' });
    check(
      'a wrong secret is refused',
      wrong.status === 401 && wrong.body.error === 'invalid_client',
      describeAnswer(wrong),
    );
    return `a token signed with ${jwt?.alg} verifies, a wrong secret is refused`;
  },
};
