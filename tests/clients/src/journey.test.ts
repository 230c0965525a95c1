// A family's and a branch head's journey on a bad line, with Apollo Client and with urql, on both databases.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as doc from '../generated/documents.js';
import { apollo } from './phone/apollo.js';
import { newKey } from './phone/id.js';
import { Line } from './phone/line.js';
import { Outbox } from './phone/outbox.js';
import { dataOf, type Phone } from './phone/phone.js';
import { SignedOut } from './phone/session.js';
import { urql } from './phone/urql.js';
import { ACCOUNT, KINDS, PASSWORD, type Server, serve, type World, world, YEAR } from './world.js';

const CLIENTS = { 'Apollo Client': apollo, urql } as const;
const WORKER = fileURLToPath(new URL('./phone/worker.js', import.meta.url));
const run = promisify(execFile);

// side by side: each has a city and a server of its own, and much of it is waiting
describe('journeys', { concurrency: true }, () => {
  for (const kind of KINDS) {
    for (const [client, make] of Object.entries(CLIENTS)) {
      describe(`${client} on ${kind}`, { concurrency: 1 }, () => {
        let city: World;
        let server: Server;
        before(async () => {
          city = await world(kind);
          server = await serve(city);
        });
        after(() => server.stop());

        const device = (name: string, line = new Line()): { phone: Phone; line: Line } => ({
          phone: make(() => server.graphql, join(city.folder, `${name}.json`), line.fetch),
          line,
        });

        test('a family registers on a bad line', async () => {
          const { phone, line } = device('family');
          line.lose('answer', 'SignIn');
          dataOf(await phone.session.signIn(ACCOUNT.family, PASSWORD));
          assert.ok((line.sent.get('SignIn') ?? 0) >= 2);

          const [household] = dataOf(await phone.query(doc.MeDocument, {})).viewer?.households ?? [];
          assert.ok(household);

          // the server works, and the phone does not hear of it
          const input = { idempotencyKey: newKey(), householdId: household.id, year: YEAR, note: 'Nhà có hai cháu' };
          line.lose('answer', 'RegisterHousehold', 2);
          const { registerHousehold } = dataOf(await phone.mutate(doc.RegisterHouseholdDocument, { input }));
          assert.equal(registerHousehold.outcome, 'REPLAYED');
          assert.equal(registerHousehold.registration?.state, 'SUBMITTED');
          assert.ok((line.sent.get('RegisterHousehold') ?? 0) >= 3);

          // a request that never arrives is sent again as well
          line.lose('request', 'OneRegistration');
          const { id } = registerHousehold.registration;
          const one = dataOf(await phone.query(doc.OneRegistrationDocument, { id })).registration;
          assert.deepEqual(one?.journal.map((entry) => entry.toState), ['SUBMITTED']);

          // the same key for something else
          const other = dataOf(await phone.mutate(doc.RegisterHouseholdDocument, { input: { ...input, note: 'Khác' } }));
          assert.equal(other.registerHousehold.outcome, 'KEY_REUSED');
          // another key for the same
          const second = { ...input, idempotencyKey: newKey() };
          const again = dataOf(await phone.mutate(doc.RegisterHouseholdDocument, { input: second }));
          assert.equal(again.registerHousehold.outcome, 'ALREADY_REGISTERED');
          assert.equal(again.registerHousehold.registration?.id, id);
          phone.close();
        });

        test('two phones of a family: the slower one is STALE, sees what there is and goes on', async () => {
          const [first, second] = [device('first').phone, device('second').phone];
          for (const phone of [first, second]) dataOf(await phone.session.signIn(ACCOUNT.returnedFamily, PASSWORD));
          const seen = dataOf(await first.query(doc.MyRegistrationsDocument, {}));
          const returned = seen.viewer?.households[0]?.registrations.find((row) => row.state === 'RETURNED');
          assert.ok(returned);
          const submit = (phone: Phone, expectedVersion: number) =>
            phone.mutate(doc.SubmitRegistrationDocument, {
              input: { idempotencyKey: newKey(), id: returned.id, expectedVersion, note: 'Đã bổ sung tên ông bà' },
            });
          const quick = dataOf(await submit(second, returned.version)).submitRegistration;
          assert.equal(quick.outcome, 'APPLIED');
          const slow = dataOf(await submit(first, returned.version)).submitRegistration;
          assert.equal(slow.outcome, 'STALE');
          assert.equal(slow.registration?.version, quick.registration?.version);
          assert.equal(slow.registration?.state, 'SUBMITTED');
          const withdrawn = await first.mutate(doc.WithdrawRegistrationDocument, {
            input: { idempotencyKey: newKey(), id: returned.id, expectedVersion: slow.registration?.version ?? 0 },
          });
          assert.equal(dataOf(withdrawn).withdrawRegistration.outcome, 'APPLIED');
        });

        test('a token is renewed once for all that wait, also when that answer is lost', async () => {
          const { phone, line } = device('renewing');
          dataOf(await phone.session.signIn(ACCOUNT.family, PASSWORD));
          phone.session.spoilAccessToken();
          line.lose('answer', 'Refresh');
          const asked = [doc.MeDocument, doc.MyRegistrationsDocument].map((query) => phone.query(query as typeof doc.MeDocument, {}));
          for (const answer of await Promise.all(asked)) assert.ok(dataOf(answer).viewer);
          // lost once; then as often as the server said to wait
          const sent = line.sent.get('Refresh') ?? 0;
          assert.ok(sent >= 2 && sent <= 4, `${sent} times`);
          assert.ok(phone.session.signedIn);
        });

        test('signing out ends the session on the server, and the outbox stays', async () => {
          const [here, elsewhere] = [device('here'), device('elsewhere').phone];
          for (const phone of [here.phone, elsewhere]) dataOf(await phone.session.signIn(ACCOUNT.branchHead, PASSWORD));
          const outbox = new Outbox(join(city.folder, 'kept.json'));
          const key = outbox.add('CreateHousehold', { headName: 'Bà Ở Lại', address: 'Số 1 ngõ Chờ', members: [] });
          here.line.lose('answer', 'SignOut');
          // sent again: the first has worked, so the token is nobody's any more
          const out = await here.phone.mutate(doc.SignOutDocument, {});
          assert.ok(out.data ?? out.refused?.rule === 'SESSION_ENDED');
          here.phone.session.forget();
          await assert.rejects(async () => {
            const answer = await here.phone.query(doc.MeDocument, {});
            if (answer.data?.viewer === null || answer.refused) throw new SignedOut();
          }, SignedOut);
          // the other phone of the same person goes on
          assert.ok(dataOf(await elsewhere.query(doc.MeDocument, {})).viewer);
          // and what waited is sent in the next session, by the key it was given then
          dataOf(await here.phone.session.signIn(ACCOUNT.branchHead, PASSWORD));
          const opened = new Outbox(join(city.folder, 'kept.json'));
          await opened.send(here.phone);
          assert.deepEqual(opened.items.map((item) => [item.key, item.outcome]), [[key, 'APPLIED']]);
        });

        test('a branch head works offline, and the app is killed while it sends', async (t) => {
          const { phone } = device('session');
          dataOf(await phone.session.signIn(ACCOUNT.branchHead, PASSWORD));
          const desk = dataOf(await phone.query(doc.DeskDocument, { year: YEAR }));
          const waits = desk.inbox?.entries.find((entry) => entry.model === 'LEARNING_FAMILY' && entry.state === 'SUBMITTED');
          assert.equal(waits?.nextAction, 'APPROVE');
          const waiting = dataOf(await phone.query(doc.WaitingDocument, { year: YEAR, first: 5 })).registrations;
          const rows = waiting?.nodes ?? [];
          assert.equal(rows.length, 5);

          // an evening without a line
          const outbox = new Outbox(join(city.folder, 'outbox.json'));
          const [returned, stale, ...approved] = rows;
          assert.ok(returned && stale);
          const names = [1, 2, 3, 4, 5].map((number) => `Đỗ Ngoại Tuyến ${'ABCDE'[number - 1]}`);
          for (const [at, headName] of names.entries()) {
            outbox.add('CreateHousehold', { headName, address: `Số ${at + 1} ngõ Không Sóng`, members: [] });
          }
          const items = approved.map((row) => ({ id: row.id, expectedVersion: row.version }));
          outbox.add('ApproveRegistrations', { items: [...items, { id: stale.id, expectedVersion: stale.version + 7 }] });
          outbox.add('ReturnRegistrations', {
            items: [{ id: returned.id, expectedVersion: returned.version }],
            reason: 'Cần ghi rõ năm sinh của các con',
          });

          // the process is killed when the second answer has reached the phone, before it is written down; then again
          for (const answers of ['2', '3']) {
            const killed = await run(process.execPath, [WORKER, client, server.graphql, city.folder, answers]).then(
              () => undefined,
              (error: { signal?: string }) => error.signal,
            );
            assert.equal(killed, 'SIGKILL');
          }
          const left = new Outbox(join(city.folder, 'outbox.json')).waiting.length;
          assert.equal(left, 7 - 1 - 2);
          await run(process.execPath, [WORKER, client, server.graphql, city.folder]);
          const sent = new Outbox(join(city.folder, 'outbox.json')).items;
          const outcomes = sent.map((item) => item.outcome);
          assert.deepEqual(outcomes, ['APPLIED', 'REPLAYED', 'APPLIED', 'REPLAYED', 'APPLIED', 'APPLIED', 'APPLIED']);
          const decisions = (sent[5]?.answer as doc.ApproveRegistrationsMutation).approveRegistrations.results;
          assert.deepEqual(decisions.map((result) => result.outcome), ['APPLIED', 'APPLIED', 'APPLIED', 'STALE']);

          // counted: each once
          const search = { search: 'Đỗ Ngoại Tuyến' };
          const made = dataOf(await phone.query(doc.HouseholdsByNameDocument, search)).households?.nodes ?? [];
          assert.deepEqual(made.map((row) => row.headName).sort(), names);
          const after = dataOf(await phone.query(doc.WaitingDocument, { year: YEAR, first: 1 })).registrations;
          assert.equal(after?.totalCount, (waiting?.totalCount ?? 0) - 4);
          t.diagnostic(`${sent.length} things done offline, 2 kills, each done once`);
          phone.close();
        });

        test('a family on paper that is there already is shown, not made twice', async () => {
          const { phone } = device('paper');
          dataOf(await phone.session.signIn(ACCOUNT.branchHead, PASSWORD));
          const household = { headName: 'Lý Thị Giấy', address: 'Số 9 ngõ Giấy', phone: '0911222333', members: [] };
          const create = (more: object) =>
            phone.mutate(doc.CreateHouseholdDocument, { input: { ...household, idempotencyKey: newKey(), ...more } });
          const first = dataOf(await create({})).createHousehold;
          assert.equal(first.outcome, 'APPLIED');
          const second = dataOf(await create({})).createHousehold;
          assert.equal(second.outcome, 'DUPLICATE_CANDIDATES');
          assert.deepEqual(second.duplicates.map((row) => row.household?.id), [first.household?.id]);
          assert.equal(dataOf(await create({ confirmDistinct: true })).createHousehold.outcome, 'APPLIED');
        });
      });
    }
  }
});
