// Requests without a client library, for what is not about one.
import type { Phone } from './phone.js';

/** The body of an answer. */
export interface Body {
  readonly data?: any;
  readonly errors?: { message: string; extensions?: Record<string, unknown> }[];
}

/** Posts a request with the phone's token. */
export async function post(phone: Phone, graphql: string, query: string, variables: object = {}): Promise<Body> {
  const answer = await fetch(graphql, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json',
      ...(await phone.session.authorization()),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await answer.json()) as Body;
}

/** The same, where a refusal is a fault of the test. */
export async function data(phone: Phone, graphql: string, query: string, variables: object = {}): Promise<any> {
  const body = await post(phone, graphql, query, variables);
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
}
