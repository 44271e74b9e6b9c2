import { describeLanding } from '../browser.ts';
import { push, returned, signIn } from '../sign-in.ts';
import type { Step } from '../step.ts';
import { signedOutUri } from '../world.ts';

export const logout: Step = {
  name: 'Sign-out',
  async run(world, check) {
    const { browser, issuer } = world;
    const { idToken } = await signIn(world);
    const silent = async () => {
      const { url } = await push(world, { prompt: 'none', scope: 'openid' });
      return returned(await browser.open(url));
    };
    check('the session answers a silent request', (await silent()).code !== undefined);
    const query = new URLSearchParams({
      id_token_hint: idToken,
      post_logout_redirect_uri: signedOutUri,
      state: 'back',
    });
    const landing = await browser.open(`${issuer}/oauth2/logout?${query}`);
    check(
      'the person comes back with the state',
      landing.left?.href === `${signedOutUri}?state=back`,
      describeLanding(landing),
    );
    const { error } = await silent();
    check('the session is gone', error === 'login_required', error);
    const astray = new URLSearchParams({
      post_logout_redirect_uri: 'https://elsewhere.example/',
      client_id: 'web',
    });
    const stayed = await browser.open(`${issuer}/oauth2/logout?${astray}`);
    check(
      'an address that is not registered is not gone to',
      stayed.page !== undefined,
      describeLanding(stayed),
    );
    return 'the ID token proves the session, which ends; the person returns to a registered address alone';
  },
};
