import { defineConfig } from 'vite';

export default defineConfig({
  // Absolute, so that /graphiql and /graphiql/ find the same files.
  base: '/graphiql/',
  worker: { format: 'es' },
  // The editor is large however it is split.
  build: { chunkSizeWarningLimit: 8_000 },
});
