/** The nonce of this page, by which its Content-Security-Policy knows the styles that the components set. */

import { setNonce } from 'get-nonce';

const NONCE = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
setNonce(NONCE);

export const styleNonce = (): string => NONCE;
