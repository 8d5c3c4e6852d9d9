/** The mail and the SMS that an alert would be. */

import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { Refused } from '~/ui/dialog';
import { Section } from '~/ui/page';
import { LinesLoading } from '~/ui/states';
import classes from './alerts.module.css';
import type { Preview } from './documents';

/** A login that a user might have. */
const SAMPLE = 'script';

interface PreviewPaneProps {
  sender: string | null;
  preview: Preview | undefined;
  failure: string | undefined;
  /** Whose alert it is; null for the account's own. */
  login: string | null;
  onLogin: (login: string | null) => void;
}

export function PreviewPane({ sender, preview, failure, login, onLogin }: PreviewPaneProps) {
  const t = useTranslations('alerts.preview');
  return (
    <Section
      title={t('title')}
      description={t('description')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('whose')}
          value={login === null ? 'account' : 'user'}
          onChange={(whose) => onLogin(whose === 'user' ? SAMPLE : null)}
          data={[
            { value: 'user', label: t('user') },
            { value: 'account', label: t('account') },
          ]}
        />
      }
    >
      <Stack gap="md" aria-live="polite">
        <Refused text={failure} />
        {!preview && !failure && <LinesLoading />}
        {preview && (
          <>
            <div className={classes.mail} role="group" aria-label={t('mail')}>
              <p className={classes.subject}>{preview.mailSubject.mailSubject}</p>
              <pre className={classes.body}>{preview.mailBody.mailBody}</pre>
            </div>
            <div role="group" aria-label={t('sms')}>
              <Text size="xs" c="dimmed" mb={4}>
                {sender ? t('from', { sender }) : t('fromNone')}
              </Text>
              <p className={classes.sms}>{preview.smsBody.smsBody}</p>
              <Text size="xs" c="dimmed" mt={4}>
                {t('parts', { count: preview.smsBody.smsParts, coding: t(`coding.${preview.smsBody.smsCoding}`) })}
              </Text>
            </div>
          </>
        )}
      </Stack>
    </Section>
  );
}
