/** Pages whose code is fetched when they are first shown; the one that the address names at once. */

import { type ComponentType, lazy } from 'react';

type Load<Props> = () => Promise<{ default: ComponentType<Props> }>;

/**
 * Return a path with its page.
 *
 * What the browser is asked for now it fetches beside the texts and the answer to who is signed in, not after them.
 */
export function fetched<Props>(path: string, load: Load<Props>): [path: string, page: ComponentType<Props>] {
  if (fits(path, window.location.pathname)) {
    load().catch(() => {
      // It is asked for again, and that it failed is shown, where the page is drawn.
    });
  }
  return [path, lazy(load)];
}

function fits(path: string, address: string): boolean {
  const wanted = path.split('/');
  const given = address.split('/');
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(':') || part === given[at]);
}
