// Serves the pages of a single-page application with oidc-client-ts; it has no other server side. ISSUER, CLIENT_ID, PORT.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { ISSUER, CLIENT_ID, PORT } = process.env;
const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const settings = JSON.stringify({ authority: ISSUER, client_id: CLIENT_ID });
const page = `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>oidc-client-ts</title>
  <link rel="icon" href="data:,">
  <body>
    <script src="/oidc-client-ts.js"></script>
    <script type="module" src="/page.js"></script>
  </body>
</html>
`;
const scripts = new Map([
  ['/oidc-client-ts.js', read('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js')],
  ['/page.js', read('page.mjs')],
]);

createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  const [type, body] = scripts.has(pathname)
    ? ['text/javascript', scripts.get(pathname)]
    : pathname === '/settings.json'
      ? ['application/json', settings]
      : ['text/html', page];
  response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body);
}).listen(Number(PORT), '127.0.0.1');
