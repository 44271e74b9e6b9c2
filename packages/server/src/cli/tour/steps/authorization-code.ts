import { describeLanding } from '../browser.ts';
import { describeAnswer } from '../http.ts';
import { isActive, passPages, push, redeem, returned, tokensOf } from '../sign-in.ts';
import type { Step } from '../step.ts';

export const authorizationCode: Step = {
  name: 'Sign-in with a code',
  async run(world, check) {
    const { browser, person, issuer } = world;
    const pushed = await push(world);
    const login = await browser.open(pushed.url);
    check('the person is asked to sign in', login.page?.url.pathname === '/login', describeLanding(login));
    if (login.page === undefined) return '';
    const refused = await browser.submit(login.page, {
      username: person.username,
      password: 'not the password',
    });
    check('a wrong password is refused', refused.page?.status === 401, describeLanding(refused));
    const consent = await browser.submit(login.page, {
      username: person.username,
      password: person.password,
    });
    check(
      'the right one leads to the consent page',
      consent.page?.url.pathname === '/consent',
      describeLanding(consent),
    );
    const { code, state, iss } = returned(await passPages(world, consent));
    check('state and iss come back', state === pushed.state && iss === issuer, `${state} ${iss}`);
    const again = await browser.open(pushed.url);
    check('the pushed request is spent', again.page?.status === 400, describeLanding(again));
    const wrong = await redeem(world, code, 'x'.repeat(43));
    check('a wrong verifier is refused', wrong.body.error === 'invalid_grant', describeAnswer(wrong));
    const right = await redeem(world, code, pushed.verifier);
    check('the right one gives tokens', right.status === 200, describeAnswer(right));
    const { accessToken, refreshToken, idToken } = tokensOf(right);
    check('access, refresh and ID token are there', ![accessToken, refreshToken, idToken].includes(''));
    const twice = await redeem(world, code, pushed.verifier);
    check('the code is good once', twice.body.error === 'invalid_grant', describeAnswer(twice));
    check('its second use ends what the first one was given', !(await isActive(world, accessToken)));
    return 'PAR, PKCE, forms for sign-in and consent, state and iss; code and pushed request are good once';
  },
};
