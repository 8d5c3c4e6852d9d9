/** A program to be copied, with the password as a gap that can be filled in. */

import { useTranslations } from 'use-intl';
import classes from './page.module.css';

/** Stands for the password in a program that is shown. */
export const GAP = '\uE000';
/** What a program has in the gap as long as it is not filled in. */
const UNTOLD = 'PASSWORD';

const NOT_IN_PASSWORDS = /[^A-Za-z0-9]/g;
const PASSWORD_LENGTH = 8;

interface CodeProps {
  program: string;
  label: string;
  password: string;
  onPassword: (password: string) => void;
}

export function Program({ program, label, password, onPassword }: CodeProps) {
  const t = useTranslations('sendWith');
  const [before, after] = program.split(GAP);
  return (
    // It scrolls sideways, so the keyboard has to reach it.
    <pre className={classes.code} tabIndex={0} role="region" aria-label={label}>
      <code>
        {before}
        <input
          className={classes.password}
          aria-label={t('password')}
          placeholder={UNTOLD}
          value={password}
          maxLength={PASSWORD_LENGTH}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => onPassword(event.currentTarget.value.replace(NOT_IN_PASSWORDS, ''))}
        />
        {after}
      </code>
    </pre>
  );
}

export const filledIn = (program: string, password: string): string => program.replace(GAP, password || UNTOLD);
