import { randomUUID } from 'node:crypto';

/** W3C Trace Context §3.2.2, version 00; the all-zero ids are invalid. */
const traceparentForm = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}$/;

/** What a caller may name a trace by on its own: also a UUID. Safe in a log line, a header and an audit record. */
const traceIdForm = /^[0-9A-Za-z-]{8,64}$/;

export interface Trace {
  /** 32 hexadecimal characters when it is ours or from `traceparent`. */
  readonly id: string;
  /** The header to echo, when a valid one came. */
  readonly traceparent: string | null;
}

/** The caller's trace when it names one well, else a new one. Anything malformed is ignored, never echoed. */
export function readTrace(headers: Headers): Trace {
  const traceparent = headers.get('traceparent');
  if (traceparent !== null) {
    const id = traceparentForm.exec(traceparent)?.[1];
    if (id !== undefined) return { id, traceparent };
  }
  const own = headers.get('x-trace-id');
  if (own !== null && traceIdForm.test(own)) return { id: own, traceparent: null };
  return { id: randomUUID().replaceAll('-', ''), traceparent: null };
}
