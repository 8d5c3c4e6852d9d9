// Unpacks the Chromium of the npm package, with the fonts and libraries that a bare machine lacks.

import { mkdirSync, rmSync } from 'node:fs';

const folder = new URL('node_modules/.chromium/', import.meta.url).pathname;
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

// The package looks at these: where to unpack to, and whether the libraries are wanted too.
process.env.TMPDIR = folder;
process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs22.x';

const { default: chromium } = await import('@sparticuz/chromium');
await chromium.executablePath();
