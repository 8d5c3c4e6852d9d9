/** Keys by which the server does the same request once, however often it is sent. */

import { useRef } from 'react';

const BYTES = 16;

/** Return a key that the server has not seen; also on pages over plain HTTP, where a browser has no randomUUID. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The key of what a form sends: the same while that is the same, so that trying again does nothing twice. */
export function useOnceKey(): (input: object) => string {
  const last = useRef({ input: '', key: '' });
  return (input) => {
    const text = JSON.stringify(input);
    if (text !== last.current.input) last.current = { input: text, key: newKey() };
    return last.current.key;
  };
}
