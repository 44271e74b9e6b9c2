import { tokenHash } from '@countersign/protocol';
import { describeAnswer } from '../http.ts';
import { verifyJwt } from '../jwt.ts';
import { signIn } from '../sign-in.ts';
import type { Step } from '../step.ts';

export const idToken: Step = {
  name: 'ID token, userinfo',
  async run(world, check) {
    const { http, issuer, person } = world;
    const tokens = await signIn(world);
    const jwt = await verifyJwt(http, issuer, tokens.idToken);
    check('the signature of the ID token verifies', jwt !== undefined);
    const { iss, aud, nonce, at_hash, exp, iat, sub } = jwt?.claims ?? {};
    check('issuer and audience are right', iss === issuer && aud === 'web', `${iss} ${aud}`);
    check('the nonce is the one that was sent', nonce === tokens.nonce);
    check('at_hash is of the access token', at_hash === tokenHash(tokens.accessToken, jwt?.alg ?? ''));
    const now = Date.now() / 1000;
    check('it lives now', Number(iat) <= now + 1 && Number(exp) > now, `iat ${iat}, exp ${exp}`);
    const userinfo = await http.get(`${issuer}/oauth2/userinfo`, tokens.accessToken);
    check('userinfo answers', userinfo.status === 200, describeAnswer(userinfo));
    check('userinfo is about the same person', userinfo.body.sub === sub, `${userinfo.body.sub}, not ${sub}`);
    const { preferred_username, email } = userinfo.body;
    check('it tells what was consented to', preferred_username === person.username && email === person.email);
    const without = await http.get(`${issuer}/oauth2/userinfo`);
    check('without a token it tells nothing', without.status === 401, describeAnswer(without));
    return `signature, issuer, audience, nonce, at_hash and times; userinfo has the same sub`;
  },
};
