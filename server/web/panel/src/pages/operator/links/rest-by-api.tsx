import { Anchor, Text } from '@mantine/core';
import { useTranslations } from 'use-intl';
import { useQuery } from 'urql';
import { graphql } from '~/graphql';

const GraphiqlQuery = graphql(`
  query LinkGraphiql {
    about { graphiql }
  }
`);

/** That the API can set more of a link than the panel, with the way there where the server has a page for it. */
export function RestByApi() {
  const t = useTranslations('operator.links');
  const [{ data }] = useQuery({ query: GraphiqlQuery });
  return (
    <Text size="sm" c="dimmed">
      {t.rich('restByApi', {
        api: (name) =>
          data?.about?.graphiql ? (
            <Anchor href="/graphiql" target="_blank" inherit underline="always">
              {name}
            </Anchor>
          ) : (
            name
          ),
      })}
    </Text>
  );
}
