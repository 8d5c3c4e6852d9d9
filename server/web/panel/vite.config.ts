import { defineConfig } from 'vite';

export default defineConfig({
  base: '/panel/',
  resolve: { alias: { '~': new URL('src', import.meta.url).pathname } },
  // Icons are files: the page's policy takes no image from a text.
  build: { assetsInlineLimit: 0, target: 'es2023', reportCompressedSize: false, modulePreload: { polyfill: false } },
  // `npx vite` serves the page while it is worked on, with the API of a server that runs beside it.
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true }, '/http2sms': 'http://127.0.0.1:8000' } },
});
