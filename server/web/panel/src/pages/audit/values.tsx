/** One value that was changed, with what it was before: each as a person would say it. */

import { Text, VisuallyHidden } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useCallback } from 'react';
import { useTranslations } from 'use-intl';
import { Fold } from '~/ui/fold';
import type { Change } from './documents';
import classes from './values.module.css';

const REDACTED = '[redacted]';
const HEIGHT = 66;

export function Changes({ changes }: { changes: readonly Change[] }) {
  const t = useTranslations('audit');
  const shown = changes.filter(({ old, new: now }) => old !== now);
  if (shown.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        <span aria-hidden>–</span>
        <VisuallyHidden>{t('noValues')}</VisuallyHidden>
      </Text>
    );
  }
  return (
    <Fold height={HEIGHT} more={t('more')} less={t('less')}>
      <dl className={classes.changes}>
        {shown.map((change) => (
          <OneChange key={change.field} change={change} />
        ))}
      </dl>
    </Fold>
  );
}

function OneChange({ change: { field, old, new: now } }: { change: Change }) {
  const t = useTranslations('audit');
  const show = useShown();
  const key = field as Parameters<typeof t.has>[0];
  const name = t.has(`field.${key}` as typeof key) ? t(`field.${key}` as typeof key) : field;
  return (
    <div className={classes.change}>
      <dt className={classes.name}>{name}</dt>
      <dd className={classes.value}>
        {old !== null && (
          <>
            <span className={classes.old}>{show(old, field)}</span>
            <IconArrowRight size={12} role="img" aria-label={t('becomes')} className={classes.arrow} />
          </>
        )}
        <span>{show(now, field)}</span>
      </dd>
    </div>
  );
}

/** Return how a value is said that the trail has as a JSON text. */
function useShown(): (json: string, field: string) => string {
  const t = useTranslations('audit');
  const common = useTranslations('common');
  return useCallback(
    (json, field) => {
      const say = (value: unknown): string => {
        if (value === null && field === 'stopLanguages') return common('all');
        if (value === null || value === '') return t('nothing');
        if (value === REDACTED) return t('redacted');
        if (typeof value === 'boolean') return common(value ? 'yes' : 'no');
        if (Array.isArray(value)) return value.length === 0 ? t('nothing') : value.map(say).join(', ');
        if (typeof value === 'object') return Object.values(value).map(say).join(', ');
        const key = `value.${String(value)}` as Parameters<typeof t.has>[0];
        return typeof value === 'string' && /^[A-Z_]+$/.test(value) && t.has(key) ? t(key) : String(value);
      };
      return say(JSON.parse(json));
    },
    [t, common],
  );
}
