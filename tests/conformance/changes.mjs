// Shows what has changed for clients between two schemas: `node changes.mjs NEW.graphql < OLD.graphql`.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { diff, DiffRule } from '@graphql-inspector/core';
import { buildSchema } from 'graphql';

const LEVELS = { BREAKING: 'breaking', DANGEROUS: 'dangerous', NON_BREAKING: 'harmless' };

const before = buildSchema(await text(process.stdin));
const after = buildSchema(await readFile(process.argv[2], 'utf8'));
const changes = await diff(before, after, [DiffRule.ignoreDescriptionChanges]);
for (const [level, word] of Object.entries(LEVELS)) {
  for (const { criticality, message } of changes) {
    if (criticality.level === level) console.log(`${word.padEnd(10)}${message}`);
  }
}
if (!changes.length) console.log('Nothing has changed for clients.');
