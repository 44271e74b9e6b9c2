/** A bar on a terminal, for commands that may take more than a second; nothing where standard error is no terminal. */
export interface ProgressBar {
  advance(steps: number): void;
  /** Clears the line. */
  end(): void;
}

const width = 30;
const leastMsBetweenDraws = 50;

export function createProgressBar(
  label: string,
  total: number,
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
): ProgressBar {
  let done = 0;
  let drawnAt = 0;
  return {
    advance(steps) {
      done += steps;
      if (stream.isTTY !== true || Date.now() - drawnAt < leastMsBetweenDraws) return;
      drawnAt = Date.now();
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const filled = Math.round(share * width);
      stream.write(
        `\r${label} [${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${Math.floor(share * 100)} %`,
      );
    },
    end() {
      if (stream.isTTY === true) stream.write('\r\x1b[K');
    },
  };
}
