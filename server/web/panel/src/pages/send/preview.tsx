import { Button, Stack, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useFailureText } from '~/client/action';
import { codeOf } from '~/client/client';
import { minus } from '~/client/credits';
import { useFormats } from '~/i18n/formats';
import { Refused } from '~/ui/dialog';
import { Section } from '~/ui/page';
import { Facts, State } from '~/ui/values';
import classes from './page.module.css';
import { MarkedText } from './text';
import type { Estimated } from './use-estimate';

interface Props {
  sender: string;
  receivers: number;
  creditsLeft: string;
  estimated: Estimated;
  onReview: () => void;
}

const BESIDE_THE_TEXT = ['MESSAGE_TOO_LONG', 'CODING_MISMATCH', 'EMPTY_MESSAGE'];

/** The message as a phone shows it, and what it takes. */
export function Preview({ sender, receivers, creditsLeft, estimated, onReview }: Props) {
  const t = useTranslations('send');
  const formats = useFormats();
  const failureText = useFailureText();
  const { estimate, credits, error, isRough } = estimated;
  const missing = credits === null ? 0 : Number(minus(String(credits), creditsLeft));
  const isGeneral = error !== undefined && !BESIDE_THE_TEXT.includes(codeOf(error) ?? '');
  return (
    <Section title={t('preview')}>
      <Stack gap="md">
        <div className={classes.phone}>
          <Text size="xs" c="dimmed" ta="center">
            {sender || '–'}
          </Text>
          <div className={classes.bubble}>
            {estimate ? (
              <MarkedText text={estimate.body} marked={estimate.coding === 'UNICODE' ? estimate.forcedUnicode : []} />
            ) : (
              <Text span inherit c="dimmed">
                {t('previewEmpty')}
              </Text>
            )}
          </div>
        </div>
        <Facts
          facts={[
            [t('receivers'), formats.count(receivers)],
            [t('parts'), estimate ? formats.count(estimate.parts) : '–'],
            [t('coding'), estimate ? t(`codings.${estimate.coding}`) : '–'],
            [
              t('cost'),
              credits === null ? (
                '–'
              ) : (
                <>
                  {t(isRough ? 'about' : 'exactly', { credits: Number(credits) })}
                  {missing > 0 && (
                    <State tone="bad">{t(isRough ? 'missesAbout' : 'misses', { credits: missing })}</State>
                  )}
                </>
              ),
            ],
            [t('creditsLeft'), formats.credits(creditsLeft)],
          ]}
        />
        {isGeneral && <Refused text={failureText(error)} />}
        <Button fullWidth onClick={onReview}>
          {t('review')}
        </Button>
        <Text size="xs" c="dimmed" ta="center">
          {t('reviewWhy')}
        </Text>
      </Stack>
    </Section>
  );
}
