import { HttpConnection } from './http-connection.ts';

const connections = 16;

/** The bodies of `count` answers to the same request, fetched a few at a time. Rejects on any status but 200. */
export async function collect(port: number, request: string, count: number): Promise<readonly string[]> {
  const bodies: string[] = [];
  let asked = 0;
  const fetchSome = async (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sendNext = (): void => {
      asked += 1;
      if (asked > count) resolve();
      else connection.send(request);
    };
    const connection = await HttpConnection.open(
      port,
      (answer) => {
        if (answer.status !== 200) reject(new Error(`${answer.status} ${answer.body}`));
        bodies.push(answer.body);
        sendNext();
      },
      reject,
    );
    sendNext();
    await promise.finally(() => connection.close());
  };
  await Promise.all(Array.from({ length: connections }, fetchSome));
  return bodies;
}
