// Keeping a person signed in, as "The life of a session" in api/docs/mobile.md says. Both clients use it.
import { print } from 'graphql';
import { RefreshDocument, type RefreshMutation, SignInDocument, type SignInMutation } from '../../generated/documents.js';
import { newKey } from './id.js';
import type { Fetch } from './line.js';
import { type Answer, isSignedOut, pause, refusalOf } from './phone.js';
import { read, write } from './store.js';

/** What the key store of the device keeps. */
interface Kept {
  device: string;
  accessToken?: string;
  refreshToken?: string;
}

/** So long before its end an access token is exchanged. */
const EARLY_MS = 30_000;

/** No access token lives longer. */
const LONGEST_MS = 900_000;

/** There is no session (any more): the person signs in again. */
export class SignedOut extends Error {}

/** Tokens in a file that stands for the device's key store. */
export class Session {
  #kept: Kept;
  #refreshing: Promise<void> | undefined;
  /** When the access token ends, by a clock that nobody sets; unknown after a start, and then the server says so. */
  #endsAt: number | undefined;
  readonly #graphql: () => string;

  constructor(
    graphql: () => string,
    private readonly file: string,
    private readonly line: Fetch,
  ) {
    this.#graphql = graphql;
    this.#kept = read<Kept>(file) ?? { device: newKey() };
  }

  get signedIn(): boolean {
    return this.#kept.refreshToken !== undefined;
  }

  /** The header of a request; exchanges the token first if it is about to end. */
  async authorization(): Promise<Record<string, string>> {
    if (this.#endsAt !== undefined && performance.now() > this.#endsAt - EARLY_MS) await this.refresh();
    return this.#kept.accessToken ? { Authorization: `Bearer ${this.#kept.accessToken}` } : {};
  }

  /** Signs in; an answer that does not come is asked for again. */
  async signIn(login: string, password: string): Promise<Answer<SignInMutation>> {
    const device = { id: this.#kept.device, name: 'A phone of the tests', platform: 'ANDROID' };
    const answer = await this.#untilAnswered<SignInMutation>(print(SignInDocument), 'SignIn', {
      input: { login, password, device },
    });
    if (answer.data) this.#keep(answer.data.signIn, answer.date);
    return answer;
  }

  /** Exchanges the refresh token, once for all that wait. The same token is sent until an answer comes. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#exchange().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #exchange(): Promise<void> {
    for (;;) {
      const { refreshToken } = this.#kept;
      if (refreshToken === undefined) throw new SignedOut();
      const answer = await this.#untilAnswered<RefreshMutation>(print(RefreshDocument), 'Refresh', {
        input: { refreshToken },
      });
      if (answer.data) return this.#keep(answer.data.refresh, answer.date);
      if (isSignedOut(answer.refused)) {
        this.forget();
        throw new SignedOut();
      }
      await pause(1000 * (answer.refused.retryAfter ?? 1));
    }
  }

  /** Signing out, and what an ended session leads to. */
  forget(): void {
    this.#kept = { device: this.#kept.device };
    this.#endsAt = undefined;
    write(this.file, this.#kept);
  }

  /** As if the device had kept the access token too long. */
  spoilAccessToken(): void {
    this.#kept.accessToken = 'spoilt';
    write(this.file, this.#kept);
  }

  /**
   * Written before the new access token is used. How long that works is the difference of two times of the server; this
   * device's clock may be wrong by hours. Where the difference makes no sense, the server's refusal will tell.
   */
  #keep(tokens: { accessToken: string; refreshToken: string; expiresAt: string }, date: number): void {
    const { accessToken, refreshToken, expiresAt } = tokens;
    this.#kept = { device: this.#kept.device, accessToken, refreshToken };
    write(this.file, this.#kept);
    const life = Date.parse(expiresAt) - date;
    this.#endsAt = life > EARLY_MS && life < LONGEST_MS ? performance.now() + life : undefined;
  }

  async #untilAnswered<R>(query: string, operationName: string, variables: object): Promise<Answer<R> & { date: number }> {
    for (let tries = 0; ; tries += 1) {
      try {
        const response = await this.line(this.#graphql(), {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json' },
          body: JSON.stringify({ query, operationName, variables }),
        });
        const date = Date.parse(response.headers.get('Date') ?? '');
        const body = (await response.json()) as { data?: R; errors?: { extensions: Record<string, unknown> }[] };
        if (body.errors) {
          const refused = refusalOf(body.errors);
          if (refused.code !== 'UNAVAILABLE' || tries === TRIES) return { refused, date };
        } else if (body.data) {
          return { data: body.data, date };
        }
      } catch (lost) {
        if (tries === TRIES) throw lost;
      }
      await pause(50 * 2 ** tries);
    }
  }
}

/** An app would go on for ever; a test is to end. */
const TRIES = 8;
