/** An answer for its caller alone: nothing on the way keeps it (RFC 6749 §5.1, RFC 7662 §4). */
export function privateAnswer(contentType: string, body: string): Response {
  return new Response(body, {
    headers: { 'content-type': contentType, 'cache-control': 'no-store', pragma: 'no-cache' },
  });
}
