/** What the operators' page of links asks for and does. */

import { graphql, type ResultOf } from '~/graphql';

export const LinksQuery = graphql(`
  query OperatorLinks {
    links {
      id name kind state workers window throttled timesThrottled lastError
      binds { kind state }
      settings {
        enabled host port tls systemId passwordVariable mode binds window perSecond
        priority prefixes countries senderKinds createdAt updatedAt
        http { preset user account url receiptsUrl messagesUrl }
      }
    }
  }
`);

export const CreateLink = graphql(`
  mutation OperatorCreateLink($input: CreateLinkInput!) {
    createLink(input: $input) {
      link { id name }
      userErrors { field code message retryAfter }
    }
  }
`);

export const SetLinkEnabled = graphql(`
  mutation OperatorSetLinkEnabled($input: UpdateLinkInput!) {
    updateLink(input: $input) {
      link { id settings { enabled } }
      userErrors { field code message retryAfter }
    }
  }
`);

export const DeleteLink = graphql(`
  mutation OperatorDeleteLink($input: DeleteLinkInput!) {
    deleteLink(input: $input) {
      deletedLinkId
      userErrors { field code message retryAfter }
    }
  }
`);

export type Link = NonNullable<ResultOf<typeof LinksQuery>['links']>[number];
export type LinkSettings = NonNullable<Link['settings']>;
