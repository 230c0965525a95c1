// An app on Apollo Client 4.
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { RetryLink } from '@apollo/client/link/retry';
import { from, mergeMap } from 'rxjs';
import type { Fetch } from './line.js';
import { isSignedOut, type Phone, refusalOf, wantsRefresh } from './phone.js';
import { Session, SignedOut } from './session.js';

/** A phone whose key store is `file`. `graphql` is asked at each request: an app may know several servers. */
export function apollo(graphql: () => string, file: string, line: Fetch): Phone {
  const session = new Session(graphql, file, line);

  // from the outside in: new tokens, sending again, the header, HTTP
  const renewing = new ErrorLink(({ error, operation, forward }) => {
    if (!CombinedGraphQLErrors.is(error)) return undefined;
    const refusal = refusalOf(error.errors);
    if (isSignedOut(refusal)) session.forget();
    return wantsRefresh(refusal) ? from(session.refresh()).pipe(mergeMap(() => forward(operation))) : undefined;
  });
  const again = new RetryLink({
    delay: { initial: 50, max: 1000, jitter: true },
    attempts: { max: 10, retryIf: (error: unknown) => !(error instanceof SignedOut) },
  });
  const header = new SetContextLink(async (context) => ({
    headers: { ...(context['headers'] as Record<string, string> | undefined), ...(await session.authorization()) },
  }));
  const http = new HttpLink({ uri: () => graphql(), fetch: line });

  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.from([renewing, again, header, http]),
  });
  const refusal = (error: unknown) => {
    if (CombinedGraphQLErrors.is(error)) return { refused: refusalOf(error.errors) };
    throw error;
  };
  return {
    name: 'Apollo Client',
    session,
    query: (query, variables) =>
      client
        .query({ query, variables, fetchPolicy: 'network-only' } as Parameters<typeof client.query>[0])
        .then((result) => ({ data: result.data as never }), refusal),
    mutate: (mutation, variables) =>
      client
        .mutate({ mutation, variables } as Parameters<typeof client.mutate>[0])
        .then((result) => ({ data: result.data as never }), refusal),
    close: () => client.stop(),
  };
}
