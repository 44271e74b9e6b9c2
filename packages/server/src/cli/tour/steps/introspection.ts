import { describeAnswer } from '../http.ts';
import { isActive, signIn } from '../sign-in.ts';
import type { Step } from '../step.ts';

export const introspection: Step = {
  name: 'Introspection',
  async run(world, check) {
    const { http, issuer, clients } = world;
    const { accessToken, refreshToken } = await signIn(world);
    const answer = await http.post(`${issuer}/oauth2/introspect`, { token: accessToken }, clients.web);
    check('a live token is active', answer.body.active === true, describeAnswer(answer));
    const { client_id, iss, scope } = answer.body;
    check(
      'client, issuer and scope are told',
      client_id === 'web' && iss === issuer && String(scope).includes('openid'),
    );
    check('a refresh token is active too', await isActive(world, refreshToken));
    const foreign = await http.post(`${issuer}/oauth2/introspect`, { token: accessToken }, clients.job);
    check('another client learns nothing', foreign.text === '{"active":false}', describeAnswer(foreign));
    const unknown = await http.post(`${issuer}/oauth2/introspect`, { token: 'made up' }, clients.job);
    check('which looks like an unknown token', unknown.text === foreign.text, describeAnswer(unknown));
    const nobody = await http.post(`${issuer}/oauth2/introspect`, { token: accessToken });
    check('who does not authenticate is refused', nobody.status === 401, describeAnswer(nobody));
    return 'its owner sees a token, another client what an unknown one looks like, a stranger nothing';
  },
};
