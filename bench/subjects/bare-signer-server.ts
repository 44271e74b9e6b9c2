/** The floor: a node:http handler that parses nothing and signs one ES256 JWT. Argument: JSON with `port` and `claimsLength`. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';

const options = JSON.parse(process.argv[2] ?? '{}') as { port: number; claimsLength: number };
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
const header = encode({ typ: 'at+jwt', alg: 'ES256', kid: 'production.default.es256.v1.00000000' });
const issuer = `http://localhost:${options.port}`;
const padding = 'x'.repeat(Math.max(0, options.claimsLength - JSON.stringify(claims('')).length));

const server = createServer((_request, response) => {
  const signingInput = `${header}.${encode(claims(padding))}`;
  const signature = sign('sha256', Buffer.from(signingInput, 'ascii'), key).toString('base64url');
  const body = JSON.stringify({
    access_token: `${signingInput}.${signature}`,
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'api:read',
  });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
});
server.keepAliveTimeout = 65_000;
process.once('SIGTERM', () => process.exit(0));
server.listen(options.port, '127.0.0.1', () => {
  const jwk = {
    ...publicKey.export({ format: 'jwk' }),
    kid: 'production.default.es256.v1.00000000',
    alg: 'ES256',
  };
  console.log(JSON.stringify({ jwks: { keys: [jwk] } }));
});

function claims(filler: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: filler,
    aud: 'https://api.example/',
    exp: now + 3600,
    iat: now,
    jti: randomBytes(16).toString('base64url'),
    client_id: 'bench-service',
    scope: 'api:read',
    typ: 'svc',
  };
}

function encode(value: Readonly<Record<string, unknown>>): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
