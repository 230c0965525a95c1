// What an app's screens see of its GraphQL client, whichever it is.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { GraphQLFormattedError } from 'graphql';
import type { Session } from './session.js';

/** An error to branch on: see api/docs/errors.md. */
export interface Refusal {
  readonly code: string;
  readonly rule?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** What came back: an answer, or a refusal. That nothing came back is an exception. */
export type Answer<R> = { readonly data: R; readonly refused?: undefined } | { readonly data?: undefined; readonly refused: Refusal };

/** An app's client. */
export interface Phone {
  readonly name: string;
  readonly session: Session;
  query<R, V extends object>(document: TypedDocumentNode<R, V>, variables: V): Promise<Answer<R>>;
  mutate<R, V extends object>(document: TypedDocumentNode<R, V>, variables: V): Promise<Answer<R>>;
  close(): void;
}

/** The refusal that an answer's errors are. */
export function refusalOf(errors: readonly Pick<GraphQLFormattedError, 'extensions'>[]): Refusal {
  const extensions = errors[0]?.extensions ?? {};
  const text = (name: string) => (typeof extensions[name] === 'string' ? extensions[name] : undefined);
  const rule = text('rule');
  const retryAfter = extensions['retryAfter'];
  return {
    code: text('code') ?? 'UNKNOWN',
    ...(rule === undefined ? {} : { rule }),
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
  };
}

/** Whether new tokens mend it; see "What ends a session and what does not" in api/docs/mobile.md. */
export const wantsRefresh = (refusal: Refusal): boolean => refusal.code === 'UNAUTHENTICATED' && !refusal.rule;

/** Whether the person must sign in again. */
export const isSignedOut = (refusal: Refusal): boolean => refusal.rule === 'SESSION_ENDED';

/** The answer, for where a refusal is a fault of the test. */
export function dataOf<R>(answer: Answer<R>): R {
  if (answer.refused) throw new Error(`refused: ${answer.refused.code} ${answer.refused.rule ?? ''}`);
  return answer.data;
}

/** A time long enough that other requests of the machine get a turn. */
export const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
