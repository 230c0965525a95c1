// What was done without a line and waits to be sent: each thing with its key, in the order it was done, in a file.
import {
  ApproveRegistrationsDocument,
  CreateHouseholdDocument,
  RegisterHouseholdDocument,
  ReturnRegistrationsDocument,
  UpdateHouseholdDocument,
} from '../../generated/documents.js';
import { newKey } from './id.js';
import type { Phone } from './phone.js';
import { read, write } from './store.js';

/** What can be done offline. */
const DOCUMENTS = {
  ApproveRegistrations: ApproveRegistrationsDocument,
  CreateHousehold: CreateHouseholdDocument,
  RegisterHousehold: RegisterHouseholdDocument,
  ReturnRegistrations: ReturnRegistrationsDocument,
  UpdateHousehold: UpdateHouseholdDocument,
};
type Name = keyof typeof DOCUMENTS;
type InputOf<N extends Name> = NonNullable<(typeof DOCUMENTS)[N]['__apiType']> extends (variables: infer V) => unknown
  ? V extends { input: infer I }
    ? Omit<I, 'idempotencyKey'>
    : never
  : never;

/** One thing that was done. */
export interface Item {
  readonly key: string;
  readonly name: Name;
  readonly input: object;
  /** What became of it; missing while it waits. */
  outcome?: string;
  /** What was answered. */
  answer?: unknown;
}

/** A phone's outbox. */
export class Outbox {
  readonly items: Item[];

  constructor(private readonly file: string) {
    this.items = read<Item[]>(file) ?? [];
  }

  get waiting(): Item[] {
    return this.items.filter((item) => item.outcome === undefined);
  }

  /** Keeps what was done; it is in the file before this returns. */
  add<N extends Name>(name: N, input: InputOf<N>, key = newKey()): string {
    this.items.push({ key, name, input });
    write(this.file, this.items);
    return key;
  }

  /** Sends what waits, one after the other. What is not answered stays, and keeps its key. */
  async send(phone: Phone): Promise<void> {
    for (const item of this.waiting) {
      const variables = { input: { ...item.input, idempotencyKey: item.key } };
      const answer = await phone.mutate(DOCUMENTS[item.name] as typeof RegisterHouseholdDocument, variables as never);
      if (answer.refused && !isFinal(answer.refused.code)) return;
      item.outcome = answer.refused ? answer.refused.code : outcomeOf(answer.data);
      item.answer = answer.data ?? answer.refused;
      write(this.file, this.items);
    }
  }
}

const isFinal = (code: string): boolean => !['UNAUTHENTICATED', 'RATE_LIMITED', 'UNAVAILABLE', 'INTERNAL'].includes(code);

const outcomeOf = (data: object): string => (Object.values(data)[0] as { outcome: string }).outcome;
