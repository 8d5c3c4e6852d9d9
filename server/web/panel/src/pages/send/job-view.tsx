import { Alert, Button, Progress, Stack, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { useFailureText, useRefusalText } from '~/client/action';
import { useFormats } from '~/i18n/formats';
import { accountPath, messagePath } from '~/paths';
import { useSession } from '~/session';
import { Refused } from '~/ui/dialog';
import { Section } from '~/ui/page';
import { Facts, Time } from '~/ui/values';
import { DiscardDialog } from './discard-dialog';
import { isTooOld, runner, type Stop } from './job-runner';
import { type Job, readRefusals } from './job-store';
import classes from './page.module.css';
import type { RefusedRow } from './receivers';
import { Refusals } from './refusals';
import { InBothZones } from './when';

/** A sending: how far it is, what became of it, and the ways to stop it and to go on. */
export function JobView({ kept, timeZone, onForgotten }: { kept: Job; timeZone: string | undefined; onForgotten: () => void }) {
  const t = useTranslations('send');
  const { connection } = useSession();
  const state = useSyncExternalStore(runner.onChange, () => runner.state(kept.id));
  const job = state?.job ?? kept;
  const isRunning = state?.isRunning ?? false;
  const isDone = job.next >= job.batches;
  const [stopping, setStopping] = useState(false);
  const [discarding, setDiscarding] = useState(false);
  useEffect(() => {
    if (!isRunning) setStopping(false);
  }, [isRunning]);
  const tooOld = isTooOld(job);
  const isToCome = job.input.deferredUntil != null && Date.parse(String(job.input.deferredUntil)) > Date.now();
  const title = isDone ? endOf(job, isToCome) : isRunning ? 'running' : 'stopped';
  return (
    <>
      <Section
        title={t(`job.${title}`)}
        description={isRunning ? t(state?.waits ? 'job.waits' : 'job.keepOpen') : undefined}
        actions={
          isDone ? (
            <Done job={job} onForget={onForgotten} />
          ) : isRunning ? (
            <Button
              variant="default"
              leftSection={<IconPlayerPause size={16} />}
              loading={stopping}
              onClick={() => {
                setStopping(true);
                runner.stop(job.id);
              }}
            >
              {t('job.stop')}
            </Button>
          ) : (
            <>
              <Button variant="default" onClick={() => setDiscarding(true)}>
                {t('job.discard')}
              </Button>
              {!tooOld && (
                <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => runner.start(connection, job)}>
                  {t('job.resume')}
                </Button>
              )}
            </>
          )
        }
      >
        <Stack gap="md">
          <Progress
            size="lg"
            value={(job.next / job.batches) * 100}
            animated={isRunning}
            color={isDone ? 'var(--panel-good)' : undefined}
            aria-label={t('job.progress')}
          />
          <JobFacts job={job} timeZone={timeZone} />
          <StopReason stop={state?.stop ?? null} />
          {tooOld && !isDone && <Alert variant="light" color="yellow">{t('job.tooOld')}</Alert>}
        </Stack>
      </Section>
      <JobRefusals job={job} />
      {discarding && <DiscardDialog job={job} onClose={() => setDiscarding(false)} onForgotten={onForgotten} />}
    </>
  );
}

/** What became of a sending that is done. */
function endOf({ accepted }: Job, isToCome: boolean): 'none' | 'deferred' | 'ended' {
  if (accepted === 0) return 'none';
  return isToCome ? 'deferred' : 'ended';
}

function Done({ job, onForget }: { job: Job; onForget: () => void }) {
  const t = useTranslations('send');
  const from = new Date(job.createdAt).toISOString();
  const list = accountPath(job.account, 'messages', job.input.tag ? { tag: job.input.tag, from } : { from });
  return (
    <>
      <Button
        variant="default"
        component={Link}
        href={job.messageId ? messagePath(job.account, job.messageId) : list}
      >
        {t(job.messageId ? 'job.seeMessage' : 'job.seeMessages')}
      </Button>
      <Button onClick={onForget}>{t('job.more')}</Button>
    </>
  );
}

function JobFacts({ job, timeZone }: { job: Job; timeZone: string | undefined }) {
  const t = useTranslations('send');
  const formats = useFormats();
  const refused = job.refused - job.setAside;
  const left = job.receivers - job.accepted - refused;
  const { deferredUntil, text } = job.input;
  return (
    <Facts
      facts={[
        [t('job.begun'), <Time key="begun" time={new Date(job.createdAt).toISOString()} />],
        ...(deferredUntil && timeZone
          ? [[t('when'), <InBothZones key="when" at={new Date(String(deferredUntil))} timeZone={timeZone} />] as const]
          : []),
        [
          t('text'),
          <span key="text" className={classes.written}>
            {text}
          </span>,
        ],
        [t('job.given'), formats.count(job.receivers + job.setAside)],
        [t('job.accepted'), formats.count(job.accepted)],
        ...(refused > 0 ? [[t('job.refused'), formats.count(refused)] as const] : []),
        ...(job.setAside > 0 ? [[t('unusable'), t('unusableWhat', { shown: formats.count(job.setAside) })] as const] : []),
        ...(left > 0 ? [[t('job.left'), formats.count(left)] as const] : []),
        [t('cost'), t('exactly', { credits: Number(job.credits) })],
      ]}
    />
  );
}

function StopReason({ stop }: { stop: Stop | null }) {
  const t = useTranslations('send');
  const textOf = useRefusalText();
  const failureText = useFailureText();
  if (!stop) return null;
  if (stop.kind === 'refused') return <Refused text={textOf(stop)} />;
  if (stop.kind === 'failed') return <Refused text={failureText(stop.failure.reason)} />;
  if (stop.kind === 'elsewhere') return <Alert variant="light">{t('job.elsewhere')}</Alert>;
  return <Refused text={stop.message} />;
}

function JobRefusals({ job }: { job: Job }) {
  const t = useTranslations('send');
  const [refused, setRefused] = useState<RefusedRow[]>([]);
  useEffect(() => {
    let isCurrent = true;
    readRefusals(job).then(
      (rows) => isCurrent && setRefused(rows),
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [job]);
  if (refused.length === 0) return null;
  return (
    <Section title={t('refusals')} description={<Text size="sm">{t('refusalsWhy')}</Text>} flush>
      <Refusals refused={refused} />
    </Section>
  );
}
