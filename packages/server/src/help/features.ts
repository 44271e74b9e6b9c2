import type { ProfileFeature } from '@countersign/protocol';

export interface HelpTopic {
  /** Sections that make the rule, with the address where they can be read. */
  readonly rules: readonly { readonly name: string; readonly uri: string }[];
  /** `{issuer}` stands for the tenant's. */
  readonly example: string;
}

const rfc = (number: number, section: string): HelpTopic['rules'][number] => ({
  name: `RFC ${number} §${section}`,
  uri: `https://www.rfc-editor.org/rfc/rfc${number}.html#section-${section}`,
});

/** What each page of `/help` cites and shows; its words are in the message files. */
export const helpTopics: Readonly<Record<ProfileFeature, HelpTopic>> = {
  redirect_uri: {
    rules: [rfc(9700, '2.1'), rfc(6749, '3.1.2.3'), rfc(8252, '7.3')],
    example: 'countersign client add --id web \\\n  --redirect-uri https://app.example/callback',
  },
  wildcard_redirect: {
    rules: [rfc(9700, '4.1.3'), rfc(6749, '3.1.2')],
    example:
      'countersign client add --id web \\\n  --redirect-uri https://app.example/callback \\\n  --redirect-uri https://staging.app.example/callback',
  },
  response_type: {
    rules: [rfc(9700, '2.1.2'), rfc(6749, '4.1')],
    example:
      '{issuer}/oauth2/authorize?response_type=code\n  &client_id=web&redirect_uri=…&scope=openid\n  &code_challenge=…&code_challenge_method=S256',
  },
  response_mode: {
    rules: [
      {
        name: 'OAuth 2.0 Multiple Response Types §2.1',
        uri: 'https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes',
      },
      {
        name: 'OAuth 2.0 Form Post Response Mode §2',
        uri: 'https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html#FormPostResponseMode',
      },
    ],
    example: 'curl {issuer}/.well-known/openid-configuration',
  },
  pkce: {
    rules: [rfc(7636, '4.2'), rfc(7636, '4.4.1'), rfc(9700, '2.1.1')],
    example:
      "const verifier = randomBytes(32).toString('base64url');\nconst challenge = createHash('sha256').update(verifier).digest('base64url');\n// authorize: code_challenge=<challenge>&code_challenge_method=S256\n// token:     code_verifier=<verifier>",
  },
  grant_type: {
    rules: [rfc(9700, '2.4'), rfc(6749, '5.2')],
    example:
      'curl {issuer}/oauth2/token -u "$CLIENT_ID:$CLIENT_SECRET" \\\n  -d grant_type=client_credentials -d scope=…',
  },
  dynamic_registration: {
    rules: [rfc(7591, '5'), rfc(7591, '3')],
    example:
      'countersign client add --id web --name "Web shop" \\\n  --redirect-uri https://shop.example/callback --json\n\ncountersign tenant set default --dynamic-registration token\ncountersign client registration-token add --uses 5',
  },
};
