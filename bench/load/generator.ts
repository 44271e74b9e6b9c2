/** Entry of the load generator's process: one job at a time, over the IPC channel, until the runner hangs up. */
import type { Job } from './job.ts';
import { runJob } from './run-job.ts';

process.on('message', (job: Job) => {
  runJob(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
