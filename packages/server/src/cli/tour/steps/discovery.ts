import { metadataPaths } from '@countersign/protocol';
import { describeAnswer } from '../http.ts';
import { fetchKeys } from '../jwt.ts';
import type { Step } from '../step.ts';

export const discovery: Step = {
  name: 'Discovery',
  async run({ issuer, otherIssuer, http }, check) {
    let [documents, endpoints, keys] = [0, 0, 0];
    for (const one of [issuer, otherIssuer]) {
      const { jwks: _, ...paths } = metadataPaths(new URL(one).pathname.replace(/\/$/, ''));
      const urls = [...new Set(Object.values(paths))].map((path) => `${new URL(one).origin}${path}`);
      const answers = await Promise.all(urls.map((url) => http.get(url)));
      for (const answer of answers)
        check('a document is served', answer.status === 200, describeAnswer(answer));
      const [first] = answers;
      check(
        'all forms say the same',
        answers.every(({ text }) => text === first?.text),
        urls.join(' '),
      );
      check('the issuer is exact', first?.body.issuer === one, String(first?.body.issuer));
      const named = Object.entries(first?.body ?? {}).filter(([name]) => /_endpoint$|^jwks_uri$/.test(name));
      for (const [name, url] of named)
        check(`${name} lies below the issuer`, String(url).startsWith(`${one}/`), String(url));
      documents += answers.length;
      endpoints = named.length;
      keys += (await fetchKeys(http, one)).length;
    }
    return `${documents} documents of two tenants in both forms agree, ${endpoints} endpoints each, ${keys} public keys`;
  },
};
