/**
 * Names to addresses, without the thread pool: a name server that never answers would hold its threads, and with them
 * password hashes and files. So the hosts file is read here, and everything else is asked of DNS.
 */
import { Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';

/** All addresses of a name. An empty list: it has none. Ends early, in whatever way, when `signal` fires. */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

const hostsFile = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts';

export const resolveHost: ResolveHost = async (host, signal) => {
  const listed = addressesIn(await readHosts(), host);
  if (listed.length > 0) return listed;
  // Never asked of a name server (RFC 6761 §6.3).
  if (host === 'localhost' || host.endsWith('.localhost')) return ['127.0.0.1', '::1'];
  return askDns(host, signal);
};

async function askDns(host: string, signal: AbortSignal): Promise<readonly string[]> {
  if (signal.aborted) return [];
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel);
  try {
    const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function readHosts(): Promise<string> {
  try {
    return await readFile(hostsFile, 'utf8');
  } catch {
    return '';
  }
}

/** The addresses that a hosts file gives to a name. */
export function addressesIn(hosts: string, name: string): readonly string[] {
  return hosts
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim().split(/\s+/))
    .filter(([, ...names]) => names.some((each) => each.toLowerCase() === name))
    .flatMap(([address = '']) => address);
}
