import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './page.css';

import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';

import examples from './examples.graphql?raw';
import variables from './examples.json?raw';
import { ENDPOINT } from './session';
import { SessionBar } from './session-bar';

// The browser sends the session's cookie along with each request and each WebSocket handshake. A token
// written into the Headers editor goes with both too.
const fetcher = createGraphiQLFetcher({
  url: ENDPOINT,
  subscriptionUrl: new URL(ENDPOINT, location.href.replace(/^http/, 'ws')).href,
  enableIncrementalDelivery: false,
});

// On the first visit the tab is stored where GraphiQL keeps its tabs: the variables of its
// `defaultTabs` never reach the editor.
if (localStorage.getItem('graphiql:tabState') === null) {
  localStorage.setItem('graphiql:query', examples);
  localStorage.setItem('graphiql:variables', variables);
}

createRoot(document.getElementById('page')!).render(
  <>
    <SessionBar />
    {/* No history: it would keep tokens from the Headers editor in the browser's storage. */}
    <GraphiQL
      fetcher={fetcher}
      plugins={[]}
      defaultQuery=""
      defaultEditorToolsVisibility="variables"
      showPersistHeadersSettings={false}
    />
  </>,
);
