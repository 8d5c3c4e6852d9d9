// Audits the GraphQL server whose URL is given, and prints what came of each audit as JSON.
import { serverAudits } from 'graphql-http';

const results = [];
for (const { id, name, fn } of serverAudits({ url: process.argv[2] })) {
  const { status, reason = '' } = await fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
