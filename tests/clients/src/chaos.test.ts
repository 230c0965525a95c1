// Two phones under `--chaos`: answers and requests lost, requests run twice, late and out of order, tokens refused, sessions
// ended, the clock wrong. Counted at the end on a quiet server: nothing lost, nothing twice.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as doc from '../generated/documents.js';
import { apollo } from './phone/apollo.js';
import { Outbox } from './phone/outbox.js';
import { dataOf, type Phone, pause } from './phone/phone.js';
import { urql } from './phone/urql.js';
import { ACCOUNT, type Kind, PASSWORD, type Server, serve, type World, world, YEAR } from './world.js';

/** How many families each phone enters and registers. */
const FAMILIES = 10;

/** The weather; the seed makes a run the same again as far as the phones ask in the same order. */
const SPEC = (seed: number, clock: number) =>
  [
    'bad-line',
    `seed=${seed}`,
    'lose-request=0.1',
    'lose-answer=0.2',
    'double=0.2',
    'delay=0.3',
    'delay-ms=150',
    'unauthenticated=0.05',
    'end-session=0.01',
    `clock=${clock}`,
  ].join(',');

/** One server may stand on a SQLite file, any number on PostgreSQL. */
const SERVERS: Readonly<Record<Kind, number>> = { SQLite: 1, PostgreSQL: 2 };

/** A text for a number that is unlike the text for any other: names that are alike would be candidates for duplicates. */
const word = (number: number) => String.fromCharCode(65 + (number % 26)).repeat(2 + Math.floor(number / 26));

describe('chaos', { concurrency: true }, () => {
  for (const kind of ['SQLite', 'PostgreSQL'] as const) {
    describe(`${SERVERS[kind]} server(s) on ${kind}`, { concurrency: 1 }, () => {
      let city: World;
      let servers: Server[];
      let quiet: Server;
      before(async () => {
        city = await world(kind);
        const number = SERVERS[kind];
        servers = [];
        for (let at = 0; at < number; at += 1) {
          servers.push(await serve(city, ['--chaos', SPEC(at + 7, at === 0 ? 5400 : -5400)]));
        }
      });
      after(async () => {
        for (const server of [...servers, quiet].filter(Boolean)) await server.stop();
      });

      /** An evening of work: whatever happens is tried again until nothing waits. */
      const evening = async (phone: Phone, name: string): Promise<Outbox> => {
        const outbox = new Outbox(join(city.folder, `${name}-outbox.json`));
        for (let number = 0; number < FAMILIES; number += 1) {
          const headName = `Trịnh ${name} ${word(number)}`;
          outbox.add('CreateHousehold', { headName, address: `Số ${number + 1} ngõ ${name}`, members: [] });
        }
        const flush = async () => {
          for (let tries = 0; outbox.waiting.length > 0; tries += 1) {
            assert.ok(tries < 2000, `${outbox.waiting.length} things are stuck in the outbox`);
            try {
              if (!phone.session.signedIn) await phone.session.signIn(ACCOUNT.branchHead, PASSWORD);
              await outbox.send(phone);
            } catch {
              // the line, or a session that has ended: what waits keeps its key
            }
            await pause(20);
          }
        };
        await flush();
        for (const item of [...outbox.items]) {
          const { createHousehold } = item.answer as doc.CreateHouseholdMutation;
          assert.ok(createHousehold.household, `${item.outcome} ${JSON.stringify(item.answer)}`);
          outbox.add('RegisterHousehold', { householdId: createHousehold.household.id, year: YEAR });
        }
        await flush();
        return outbox;
      };

      test('two phones work an evening: nothing is lost, nothing is there twice', async (t) => {
        let turn = 0;
        const any = () => servers[(turn += 1) % servers.length]?.graphql ?? '';
        const phones = [apollo(any, join(city.folder, 'a.json'), fetch), urql(any, join(city.folder, 'u.json'), fetch)];
        const names = ['Bão', 'Lũ'];
        const boxes = await Promise.all(phones.map((phone, at) => evening(phone, names[at] ?? '')));

        // all of it has an outcome that says it is done
        const outcomes = boxes.flatMap((box) => box.items.map((item) => item.outcome));
        assert.deepEqual(outcomes.filter((outcome) => outcome !== 'APPLIED' && outcome !== 'REPLAYED'), []);
        assert.equal(outcomes.length, phones.length * FAMILIES * 2);

        quiet = await serve(city);
        const counter = apollo(() => quiet.graphql, join(city.folder, 'counter.json'), fetch);
        dataOf(await counter.session.signIn(ACCOUNT.branchHead, PASSWORD));
        for (const name of names) {
          const found = dataOf(await counter.query(doc.HouseholdsByNameDocument, { search: `Trịnh ${name}` })).households;
          const rows = found?.nodes ?? [];
          const expected = Array.from({ length: FAMILIES }, (_, number) => `Trịnh ${name} ${word(number)}`);
          assert.deepEqual(rows.map((row) => row.headName).sort(), expected.sort());
          for (const row of rows) {
            assert.deepEqual(row.registrations.map(({ year, state }) => [year, state]), [[YEAR, 'SUBMITTED']]);
            const id = row.registrations[0]?.id ?? '';
            const { registration } = dataOf(await counter.query(doc.OneRegistrationDocument, { id }));
            assert.deepEqual(registration?.journal.map((entry) => entry.toState), ['SUBMITTED']);
          }
        }
        for (const server of servers) {
          const counts = (await (await fetch(`${server.address}/chaos`)).json()) as Record<string, unknown>;
          t.diagnostic(JSON.stringify(counts));
        }
        t.diagnostic(`${outcomes.length} things done by 2 phones, each once`);
      });
    });
  }
});
