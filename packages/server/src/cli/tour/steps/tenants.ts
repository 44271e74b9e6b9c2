import { describeAnswer, textOf } from '../http.ts';
import { fetchKeys, verifyJwt } from '../jwt.ts';
import { isActive, push } from '../sign-in.ts';
import type { Step } from '../step.ts';

export const tenants: Step = {
  name: 'A second tenant',
  async run(world, check) {
    const { http, issuer, otherIssuer, clients, browser } = world;
    const form = { grant_type: 'client_credentials', scope: 'read' };
    const answer = await http.post(`${otherIssuer}/oauth2/token`, form, clients.otherJob);
    check('it issues tokens of its own', answer.status === 200, describeAnswer(answer));
    const token = textOf(answer, 'access_token');
    check(
      'they verify with its keys',
      (await verifyJwt(http, otherIssuer, token))?.claims.iss === otherIssuer,
    );
    check('and with none of the first', (await verifyJwt(http, issuer, token)) === undefined);
    const [own, others] = [await fetchKeys(http, issuer), await fetchKeys(http, otherIssuer)];
    check('no key is in both sets', !own.some(({ kid }) => others.some((other) => other.kid === kid)));
    check('the first does not know its tokens', !(await isActive(world, token, clients.job)));
    const userinfo = await http.get(`${issuer}/oauth2/userinfo`, token);
    check('nor takes them', userinfo.status === 401, describeAnswer(userinfo));
    const crossed = await http.post(`${otherIssuer}/oauth2/token`, form, clients.job);
    check(
      'a client of the same name is another one',
      crossed.body.error === 'invalid_client',
      describeAnswer(crossed),
    );
    const pushed = await push(world);
    const elsewhere = await browser.open(pushed.url.replace(issuer, otherIssuer));
    check('a pushed request of the first means nothing there', elsewhere.page?.status === 400);
    return 'keys, tokens, clients and requests of one tenant mean nothing in the other';
  },
};
