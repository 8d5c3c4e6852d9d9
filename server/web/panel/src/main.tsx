import './mantine.css';
import '@mantine/notifications/styles.css';
import './theme.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { LocaleProvider } from './i18n/provider';
import { styleNonce } from './nonce';
import { SessionProvider } from './session';
import { theme } from './theme';

const page = document.getElementById('page');
if (!page) throw new Error('The page has no place for the panel.');
createRoot(page).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={styleNonce}>
      {/* The session outside: who is signed in is asked beside the texts, not after them. */}
      <SessionProvider>
        <LocaleProvider>
          <App />
          <Notifications position="bottom-right" />
        </LocaleProvider>
      </SessionProvider>
    </MantineProvider>
  </StrictMode>,
);
