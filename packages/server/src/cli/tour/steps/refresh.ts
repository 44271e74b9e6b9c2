import { describeAnswer } from '../http.ts';
import { isActive, refresh, signIn, tokensOf } from '../sign-in.ts';
import type { Step } from '../step.ts';

export const refreshRotation: Step = {
  name: 'Refresh rotation',
  async run(world, check) {
    const first = await signIn(world);
    const answer = await refresh(world, first.refreshToken);
    check('a refresh token gives new tokens', answer.status === 200, describeAnswer(answer));
    const second = tokensOf(answer);
    check('it is replaced', second.refreshToken !== first.refreshToken);
    const third = await refresh(world, second.refreshToken);
    check('the new one works', third.status === 200, describeAnswer(third));
    const reused = await refresh(world, first.refreshToken);
    check('the old one is refused', reused.body.error === 'invalid_grant', describeAnswer(reused));
    const newest = await refresh(world, tokensOf(third).refreshToken);
    check('its reuse ends the family', newest.body.error === 'invalid_grant', describeAnswer(newest));
    check('and the access tokens', !(await isActive(world, tokensOf(third).accessToken)));
    return 'each token is replaced; reuse of an old one ends the family and its access tokens';
  },
};
