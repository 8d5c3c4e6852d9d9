import { Button, Group, Progress, Stack, Text, Textarea } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useFailureText } from '~/client/action';
import { codeOf } from '~/client/client';
import { useFormats } from '~/i18n/formats';
import classes from './page.module.css';
import type { Estimated } from './use-estimate';

interface Props {
  value: string;
  onChange: (value: string) => void;
  estimated: Estimated;
  error?: string;
}

/** Errors of an estimate that are about the text, and so stand beside it. */
const OF_THE_TEXT = new Set(['MESSAGE_TOO_LONG', 'CODING_MISMATCH', 'EMPTY_MESSAGE']);

const ROOM = { GSM_7BIT: [160, 153], UNICODE: [70, 67] } as const;

/** The text, with how it is coded and cut as it is typed, and the characters that make it Unicode. */
export function TextInput({ value, onChange, estimated, error }: Props) {
  const t = useTranslations('send');
  const formats = useFormats();
  const failureText = useFailureText();
  const { estimate, error: refusal } = estimated;
  const refused = refusal && OF_THE_TEXT.has(codeOf(refusal) ?? '') ? failureText(refusal) : undefined;
  return (
    <Stack gap={6}>
      <Textarea
        label={t('text')}
        autosize
        minRows={4}
        maxRows={14}
        required
        withAsterisk={false}
        value={value}
        error={error ?? refused}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div aria-live="polite" className={classes.count} aria-busy={estimated.isOld}>
        {estimate && value.trim() !== '' && (
          <>
            <Group justify="space-between" gap="xs">
              <Text size="sm">
                {t('partsOf', { count: estimate.parts, coding: t(`codings.${estimate.coding}`) })}
              </Text>
              <Text size="sm" c="dimmed" className="numbers">
                {t('length', { length: formats.count(estimate.length), room: formats.count(roomOf(estimate)) })}
              </Text>
            </Group>
            <Progress value={(estimate.length / roomOf(estimate)) * 100} size="xs" mt={4} aria-hidden />
          </>
        )}
      </div>
      {estimate && estimate.forcedUnicode.length > 0 && estimate.coding === 'UNICODE' && (
        <UnicodeMade text={value} characters={estimate.forcedUnicode} onChange={onChange} />
      )}
    </Stack>
  );
}

function roomOf({ coding, parts }: { coding: keyof typeof ROOM; parts: number }): number {
  const [one, each] = ROOM[coding];
  return parts <= 1 ? one : parts * each;
}

/** What word processors put in place of what was typed, and what the 7-bit alphabet has for it. */
const PLAIN = new Map([
  ...[...'‘’‚‛′`´'].map((sign) => [sign, "'"] as const),
  ...[...'“”„‟″«»'].map((sign) => [sign, '"'] as const),
  ...[...'‐‑‒–—―−'].map((sign) => [sign, '-'] as const),
  ...['\u00a0', '\u202f', '\u2009', '\u2007'].map((sign) => [sign, ' '] as const),
  ['…', '...'] as const,
  ['•', '-'] as const,
]);

function UnicodeMade({
  text,
  characters,
  onChange,
}: {
  text: string;
  characters: readonly string[];
  onChange: (text: string) => void;
}) {
  const t = useTranslations('send');
  const replaceable = characters.filter((character) => PLAIN.has(character));
  const replace = () => onChange([...text].map((sign) => PLAIN.get(sign) ?? sign).join(''));
  return (
    <div className={classes.unicode}>
      <Text size="sm">{t('unicodeWhy', { count: characters.length })}</Text>
      <Group gap={6} mt={6}>
        {characters.map((character) => (
          <span key={character} className={classes.character}>
            <mark>{/\p{Z}/u.test(character) ? '␣' : character}</mark>
            <span>{`U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`}</span>
          </span>
        ))}
      </Group>
      {replaceable.length > 0 && (
        <Button variant="default" size="compact-sm" mt="xs" onClick={replace}>
          {t('replacePlain', { count: replaceable.length })}
        </Button>
      )}
    </div>
  );
}

/** A text as it is sent, with marks under some of its characters. */
export function MarkedText({ text, marked }: { text: string; marked: readonly string[] }) {
  const set = new Set(marked);
  const pieces: { text: string; isMarked: boolean }[] = [];
  for (const sign of text) {
    const isMarked = set.has(sign);
    const last = pieces.at(-1);
    if (last && last.isMarked === isMarked) last.text += sign;
    else pieces.push({ text: sign, isMarked });
  }
  return (
    <>
      {pieces.map((piece, index) =>
        piece.isMarked ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
      )}
    </>
  );
}
