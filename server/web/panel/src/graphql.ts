/** Typed documents: `graphql` checks each against the schema and gives the types of its answer and variables. */

import { initGraphQLTada } from 'gql.tada';
import type { introspection } from './graphql-env.d.ts';

export const graphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
  scalars: {
    CountryCode: string;
    Credits: string;
    DateTime: string;
    IPAddress: string;
    PhoneNumber: string;
    URL: string;
  };
}>();

export type { FragmentOf, ResultOf, VariablesOf } from 'gql.tada';
