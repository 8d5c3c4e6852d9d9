// Every rule there is for schemas, but for those that are turned off here with their reasons.
import graphql from '@graphql-eslint/eslint-plugin';

const { 'flat/schema-all': all, 'flat/schema-recommended': recommended, 'flat/schema-relay': relay } = graphql.configs;

export default [
  {
    files: ['**/*.graphql'],
    plugins: { '@graphql-eslint': graphql },
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: 'schema.graphql' } },
    },
    rules: {
      ...all.rules,
      ...recommended.rules,
      ...relay.rules,
      '@graphql-eslint/require-description': ['error', {
        types: true,
        rootField: true,
        FieldDefinition: true,
        InputValueDefinition: true,
        EnumValueDefinition: true,
        // The only one, @oneOf, is the specification's own.
        DirectiveDefinition: false,
      }],
      '@graphql-eslint/strict-id-in-types': ['error', {
        exceptions: {
          suffixes: ['Connection', 'Edge', 'Payload'],
          types: [
            // The caller, of whom there is one.
            'Viewer', 'RateLimit',
            // The server itself, of which there is one, and the sign-ins of its demo, known by their address.
            'About', 'DemoSignIn', 'ServerHealth',
            // Parts of a user, an account, a callback or an alert, found with it.
            'Quota', 'Limit', 'Callback', 'AlertTemplates', 'AlertVariable', 'CallbackTry', 'Notification',
            // Parts of a link, found with it.
            'LinkSettings', 'LinkAddresses', 'TonNpi', 'LinkBind', 'PttTableEntry', 'RefusalPtt',
            'HttpLinkSettings', 'HttpHeader', 'HttpReceiptPaths', 'HttpMessagePaths',
            // What an audit entry has changed, and whether somebody wants an account's alerts, found with it.
            'AuditChange', 'Contact',
            // Rows of tables with a key of their own: a code, a status, a country, a time, a login.
            'PttCode', 'DeliveryStatusDetails', 'Rate', 'StopLanguageDetails',
            'StatisticsBucket', 'DeliveryTimes', 'PttShare', 'UserStatistics',
            // What is told of one request, and worked out for it.
            'PageInfo', 'MessageEstimate', 'ReceiverVerdict', 'AlertPreview', 'LedgerVerification', 'LedgerTotal', 'UserError',
          ],
        },
      }],
      // The log of delivery events is only read forward; a test of ours has both ways of all other lists.
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      // Short lists, like the scopes of a token, need no pages.
      '@graphql-eslint/relay-edge-types': ['error', { listTypeCanWrapOnlyEdgeType: false }],
      // Fields are in the order in which they are best read.
      '@graphql-eslint/alphabetize': 'off',
      // It forbids to have mutations and subscriptions.
      '@graphql-eslint/no-root-type': 'off',
      // A payload has what was changed; all else is asked for by a query.
      '@graphql-eslint/require-field-of-type-query-in-mutation-result': 'off',
      // Message.messageClass: 3GPP calls it the message class.
      '@graphql-eslint/no-typename-prefix': 'off',
      // The specification's @deprecated has no date.
      '@graphql-eslint/require-deprecation-date': 'off',
    },
  },
];
