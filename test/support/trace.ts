/** Which network addresses a process speaks to: what it asks the kernel for, from its first instruction to its last. */
import { readFileSync } from 'node:fs';

/** A command that becomes the one after it and writes its calls to `file`; of all its threads and children. */
export function tracing(strace: string, file: string): readonly string[] {
  // -D: the traced program is the child that was started, and is sent its signals.
  const calls = 'trace=connect,sendto,sendmsg,sendmmsg';
  return [strace, '-D', '-f', '--seccomp-bpf', '-qq', '-s', '0', '-e', calls, '-o', file, '--'];
}

/** `address port` of every address that a connection or a datagram was to go to, once each. Sockets of the machine itself (AF_UNIX) are none. */
export function destinationsIn(file: string): readonly string[] {
  const found = new Set<string>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    for (const [address] of line.matchAll(/\{sa_family=AF_INET6?,[^}]*\}/g)) {
      const port = /_port=htons\((\d+)\)/.exec(address)?.[1];
      const host = /inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"/.exec(address);
      // What is not understood must not be taken for nothing.
      found.add(port === undefined || host === null ? address : `${host[1] ?? host[2]} ${port}`);
    }
  }
  return [...found].sort();
}
