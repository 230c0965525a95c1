// A bad line: answers get lost after the server has worked, requests get lost before it has.

/** What a phone sends by. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** Loses what it is told to lose, by the name of the operation, and counts what was sent. */
export class Line {
  readonly sent = new Map<string, number>();
  readonly #losses: { operation: string; what: 'request' | 'answer'; times: number }[] = [];
  readonly #below: Fetch;

  constructor(below: Fetch = fetch) {
    this.#below = below;
  }

  /** The next so many times. */
  lose(what: 'request' | 'answer', operation: string, times = 1): void {
    this.#losses.push({ operation, what, times });
  }

  readonly fetch: Fetch = async (input, init) => {
    const operation = nameOf(init?.body);
    this.sent.set(operation, (this.sent.get(operation) ?? 0) + 1);
    const loss = this.#losses.find((loss) => loss.operation === operation && loss.times > 0);
    if (loss) loss.times -= 1;
    if (loss?.what === 'request') throw new TypeError('fetch failed: the request was lost');
    const answer = await this.#below(input, init);
    if (!loss) return answer;
    await answer.arrayBuffer();
    throw new TypeError('fetch failed: the answer was lost');
  };
}

function nameOf(body: unknown): string {
  if (typeof body !== 'string') return '';
  const request = JSON.parse(body) as { operationName?: string };
  return request.operationName ?? '';
}
