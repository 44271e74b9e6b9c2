import { describeAnswer } from '../http.ts';
import { isActive, refresh, signIn } from '../sign-in.ts';
import type { Step } from '../step.ts';

export const revocation: Step = {
  name: 'Revocation',
  async run(world, check) {
    const { http, issuer, clients } = world;
    const { accessToken, refreshToken } = await signIn(world);
    const foreign = await http.post(`${issuer}/oauth2/revoke`, { token: accessToken }, clients.job);
    check('another client cannot revoke it', foreign.status === 400, describeAnswer(foreign));
    check('and it lives', await isActive(world, accessToken));
    const revoked = await http.post(`${issuer}/oauth2/revoke`, { token: accessToken }, clients.web);
    check('its owner can', revoked.status === 200, describeAnswer(revoked));
    const userinfo = await http.get(`${issuer}/oauth2/userinfo`, accessToken);
    check('userinfo refuses it at once', userinfo.status === 401, describeAnswer(userinfo));
    const other = await refresh(world, refreshToken);
    check('the grant goes on', other.status === 200, describeAnswer(other));
    const family = String(other.body.refresh_token);
    await http.post(`${issuer}/oauth2/revoke`, { token: family }, clients.web);
    check('revoking the refresh token ends the grant', (await refresh(world, family)).status === 400);
    check('and its access tokens', !(await isActive(world, String(other.body.access_token))));
    const again = await http.post(`${issuer}/oauth2/revoke`, { token: family }, clients.web);
    check('revoking twice is no error', again.status === 200, describeAnswer(again));
    return 'an access token ends alone and at once, a refresh token with its whole grant';
  },
};
