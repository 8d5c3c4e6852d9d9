// Writes the types of the schema, from which gql.tada infers those of each document, and validates each against it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { buildSchema, introspectionFromSchema, Kind, NoUnusedFragmentsRule, parse, specifiedRules, validate } from 'graphql';

const schema = buildSchema(readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8'));
const introspection = minifyIntrospection(introspectionFromSchema(schema, { descriptions: false }));
const types = outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true });
writeFileSync(new URL('src/graphql-env.d.ts', import.meta.url), types);

// The types know nothing of a field's arguments and of the variables in them.
const source = new URL('src/', import.meta.url);
const texts = readdirSync(source, { recursive: true })
  .filter((name) => /\.tsx?$/.test(name))
  .flatMap((name) =>
    [...readFileSync(new URL(name, source), 'utf8').matchAll(/\bgraphql\(\s*`([^`]*)`/g)].map(([, text]) => [name, parse(text)]),
  );
const fragments = texts.flatMap(([, { definitions }]) => definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION));
const rules = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule);
for (const [name, document] of texts) {
  const others = fragments.filter((fragment) => !document.definitions.includes(fragment));
  for (const error of validate(schema, { ...document, definitions: [...document.definitions, ...others] }, rules)) {
    console.error(`src/${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
