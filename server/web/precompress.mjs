// Writes each built file beside itself as gzip and Brotli: the server sends what the browser can read.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const MIN_BYTES = 1_000;
const COMPRESSIBLE = /\.(css|html|js|json|svg)$/;

const folder = join(process.argv[2], 'assets');
for (const name of readdirSync(folder).filter((file) => COMPRESSIBLE.test(file))) {
  const path = join(folder, name);
  const whole = readFileSync(path);
  if (whole.length < MIN_BYTES) continue;
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: whole.length };
  writeFileSync(`${path}.br`, brotliCompressSync(whole, { params: quality }));
  writeFileSync(`${path}.gz`, gzipSync(whole, { level: 9 }));
}
