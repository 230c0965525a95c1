// An app on urql.
import { Client, type CombinedError, fetchExchange, type OperationResult } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import { retryExchange } from '@urql/exchange-retry';
import type { Fetch } from './line.js';
import { type Answer, isSignedOut, type Phone, refusalOf, wantsRefresh } from './phone.js';
import { Session, SignedOut } from './session.js';

/** A phone whose key store is `file`. `graphql` is asked at each request: an app may know several servers. */
export function urql(graphql: () => string, file: string, line: Fetch): Phone {
  const session = new Session(graphql, file, line);
  let header: Record<string, string> = {};

  const auth = authExchange(async (utilities) => ({
    addAuthToOperation: (operation) => utilities.appendHeaders(operation, header),
    didAuthError: (error) => wantsRefresh(refusalOf(error.graphQLErrors)),
    refreshAuth: async () => {
      await session.refresh();
      header = await session.authorization();
    },
  }));
  const again = retryExchange({
    initialDelayMs: 50,
    maxDelayMs: 1000,
    maxNumberAttempts: 10,
    retryIf: (error) => error.networkError !== undefined && !(error.networkError instanceof SignedOut),
  });

  const client = new Client({
    url: graphql(),
    fetch: (_, init) => line(graphql(), init),
    preferGetMethod: false,
    requestPolicy: 'network-only',
    exchanges: [auth, again, fetchExchange],
  });
  const answer = <R>(result: OperationResult<R>): Answer<R> => {
    if (result.error) return refusal(result.error);
    return { data: result.data as R };
  };
  const refusal = (error: CombinedError) => {
    if (error.networkError) throw error.networkError;
    const refused = refusalOf(error.graphQLErrors);
    if (isSignedOut(refused)) session.forget();
    return { refused };
  };
  const ready = async () => (header = await session.authorization());
  return {
    name: 'urql',
    session,
    query: async (document, variables) => (await ready(), answer(await client.query(document, variables as never))),
    mutate: async (document, variables) => (await ready(), answer(await client.mutation(document, variables as never))),
    close: () => undefined,
  };
}
