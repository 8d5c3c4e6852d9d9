import { useCallback, useEffect, useState } from 'react';
import { useSession, useViewer } from '~/session';
import { newKey } from '~/client/once';
import type { MessageInput } from './documents';
import { runner } from './job-runner';
import { BATCH, createJob, findJobs, forgetJob, type Job } from './job-store';
import type { Receivers } from './receivers';

/** The latest sending that this person began in this browser and has not put away; undefined until it is known. */
export function useJob(account: string) {
  const { connection } = useSession();
  const owner = useViewer().name;
  const [job, setJob] = useState<Job | null>();

  const look = useCallback(() => {
    findJobs(account, owner).then(
      ([latest]) => setJob(latest ?? null),
      () => setJob(null),
    );
  }, [account, owner]);
  useEffect(look, [look]);

  const begin = async (input: MessageInput, receivers: Receivers) => {
    const now = Date.now();
    const created: Job = {
      id: newKey(),
      account,
      owner,
      input,
      batches: Math.ceil(receivers.numbers.length / BATCH),
      next: 0,
      receivers: receivers.numbers.length,
      accepted: 0,
      refused: receivers.refused.length,
      setAside: receivers.refused.length,
      credits: '0',
      createdAt: now,
      touchedAt: now,
      messageId: null,
    };
    await createJob(created, receivers);
    setJob(created);
    runner.start(connection, created);
  };

  const forget = async () => {
    if (job) await forgetJob(job);
    look();
  };
  return { job, begin, forget };
}
