import { describeLanding } from '../browser.ts';
import { describeAnswer, textOf } from '../http.ts';
import { verifyJwt } from '../jwt.ts';
import { passPages, refresh } from '../sign-in.ts';
import type { Step } from '../step.ts';

export const deviceFlow: Step = {
  name: 'Device flow',
  async run(world, check) {
    const { http, issuer, clients, browser } = world;
    const scope = 'openid profile offline_access';
    const asked = await http.post(`${issuer}/oauth2/device_authorization`, { scope }, clients.tv);
    check('a device is given a code', asked.status === 200, describeAnswer(asked));
    const poll = () =>
      http.post(
        `${issuer}/oauth2/token`,
        {
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: textOf(asked, 'device_code'),
        },
        clients.tv,
      );
    const waiting = await poll();
    check('it waits for the person', waiting.body.error === 'authorization_pending', describeAnswer(waiting));
    const hasty = await poll();
    check(
      'it is slowed down when it polls too soon',
      hasty.body.error === 'slow_down',
      describeAnswer(hasty),
    );
    const userCode = textOf(asked, 'user_code');
    const entry = await browser.open(textOf(asked, 'verification_uri_complete'));
    check(
      'the link fills in the code and does no more',
      entry.page?.html.includes(`value="${userCode}"`) === true,
      describeLanding(entry),
    );
    if (entry.page === undefined) return '';
    const question = await passPages(world, await browser.submit(entry.page, { user_code: userCode }));
    check(
      'the person sees the code to compare',
      question.page?.html.includes(`>${userCode}<`) === true,
      describeLanding(question),
    );
    if (question.page === undefined) return '';
    const done = await browser.submit(question.page, { decision: 'allow' });
    check('and allows', done.page?.url.pathname === '/device/done', describeLanding(done));
    const given = await poll();
    check('the device has its tokens', given.status === 200, describeAnswer(given));
    const jwt = await verifyJwt(http, issuer, textOf(given, 'id_token'));
    check('with an ID token for it', jwt?.claims.aud === 'tv');
    const twice = await poll();
    check('once', twice.body.error === 'invalid_grant', describeAnswer(twice));
    const reused = await refresh(world, textOf(given, 'refresh_token'), clients.tv);
    check('a second use ends them', reused.body.error === 'invalid_grant', describeAnswer(reused));
    return 'pending, slow_down, the code compared and allowed in a browser, tokens once';
  },
};
