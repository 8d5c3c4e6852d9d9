/** What the text as it is typed would take, found by the code that sends. */

import { useDebouncedValue } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import type { CombinedError } from 'urql';
import { useSession } from '~/session';
import { type Estimate, EstimateQuery, type MessageInput } from './documents';

const AFTER_MS = 250;
/** An estimate is charged for its receivers: of many some stand for all. */
const SAMPLED = 50;
/** Nobody's number: without a receiver only the text is of interest. */
const NOBODY = '+447700900000';

export interface Estimated {
  estimate: Estimate | undefined;
  error: CombinedError | undefined;
  /** Whether it is that of an older text. */
  isOld: boolean;
  /** What all receivers would cost together; null without any. */
  credits: number | null;
  /** Whether some receivers stand for all. */
  isRough: boolean;
}

export function useEstimate(input: MessageInput, numbers: readonly string[]): Estimated {
  const { uncached } = useSession().connection;
  const sample = useMemo(() => sampleOf(numbers), [numbers]);
  const asked = useMemo(
    // When it is sent does not change what it takes, but may be refused while it is typed.
    () => JSON.stringify({ ...input, deferredUntil: null, receivers: sample.length > 0 ? sample : [NOBODY] }),
    [input, sample],
  );
  const [settled] = useDebouncedValue(asked, AFTER_MS);
  const [answer, setAnswer] = useState<{ asked: string; estimate?: Estimate; error?: CombinedError }>();
  const isBlank = input.text.trim() === '' || input.sender === '';

  useEffect(() => {
    if (isBlank) {
      setAnswer(undefined);
      return;
    }
    const { unsubscribe } = uncached
      .query(EstimateQuery, { input: JSON.parse(settled) })
      .subscribe(({ data, error }) =>
        setAnswer({ asked: settled, estimate: data?.estimateMessage ?? undefined, error }),
      );
    return unsubscribe;
  }, [uncached, settled, isBlank]);

  const { estimate, error } = answer ?? {};
  const accepted = estimate?.receivers.filter((receiver) => receiver.accepted).length ?? 0;
  const isRough = numbers.length > sample.length;
  const share = accepted === 0 ? 0 : numbers.length / sample.length;
  return {
    estimate,
    error,
    isOld: answer !== undefined && answer.asked !== asked,
    credits: estimate && numbers.length > 0 ? Math.round(Number(estimate.credits) * share * 1_000) / 1_000 : null,
    isRough,
  };
}

/** Return some receivers, from the whole of the list. */
function sampleOf(numbers: readonly string[]): string[] {
  if (numbers.length <= SAMPLED) return [...numbers];
  const step = numbers.length / SAMPLED;
  return Array.from({ length: SAMPLED }, (_, index) => numbers[Math.floor(index * step)] ?? NOBODY);
}
