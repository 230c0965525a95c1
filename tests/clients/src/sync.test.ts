// An outbox that is sent by `syncBatch`: ids made on the device, an outcome for each thing, receipts weeks later.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { join } from 'node:path';
import { apollo } from './phone/apollo.js';
import { newKey } from './phone/id.js';
import { Line } from './phone/line.js';
import { dataOf, type Phone, pause } from './phone/phone.js';
import { data } from './phone/plain.js';
import { ACCOUNT, KINDS, PASSWORD, type Server, serve, type World, world, YEAR } from './world.js';

const SYNC = `mutation Sync($input: SyncBatchInput!) {
  syncBatch(input: $input) {
    receivedAt skewSeconds clockIsOff
    results {
      key operation outcome code rule waitsFor retryAfter
      fields { path rule }
      stale { version fields { path } }
      receipt { ...Whole }
      payload {
        __typename
        ... on CreateHouseholdPayload { household { id headName } householdDuplicates: duplicates { household { id } } }
        ... on RegistrationPayload { registration { id state } }
      }
    }
  }
}
fragment Whole on Receipt { key operation outcome at recordId proof { payloadHash signed signature keyId } }`;
const RECEIPT = `query Receipt($key: UUID!) { receipt(key: $key) { key operation outcome recordId proof { payloadHash signed signature keyId } } }`;

/** The global id of what this phone makes: a letter, the association as any id of it has it, the UUID. */
function globalId(letter: string, ofTheSame: string, uuid: string): string {
  const association = Buffer.from(ofTheSame, 'base64url').subarray(1, 17);
  const id = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  return Buffer.concat([Buffer.from(letter), association, id]).toString('base64url');
}

describe('sync', { concurrency: true }, () => {
  for (const kind of KINDS) {
    describe(kind, { concurrency: 1 }, () => {
      let city: World;
      let server: Server;
      let phone: Phone;
      let unit: string;
      const line = new Line();

      /** Sends the batch, as it is, until an answer comes. */
      const send = async (items: object[]): Promise<any> => {
        for (;;) {
          try {
            const answer = await line.fetch(server.graphql, {
              method: 'POST',
              headers: { 'Content-Type': 'application/json', ...(await phone.session.authorization()) },
              body: JSON.stringify({
                operationName: 'Sync',
                query: SYNC,
                variables: { input: { sentAt: new Date().toISOString(), items } },
              }),
            });
            const body = (await answer.json()) as any;
            assert.equal(body.errors, undefined, JSON.stringify(body.errors));
            return body.data.syncBatch;
          } catch (lost) {
            if (!(lost instanceof TypeError)) throw lost;
            await pause(20);
          }
        }
      };
      const outcomes = (batch: any): string[] => batch.results.map((result: any) => result.outcome);

      before(async () => {
        city = await world(kind);
        server = await serve(city);
        phone = apollo(() => server.graphql, join(city.folder, 'head.json'), fetch);
        dataOf(await phone.session.signIn(ACCOUNT.branchHead, PASSWORD));
        unit = (await data(phone, server.graphql, 'query { viewer { actingPost { unit { id } } } }')).viewer.actingPost.unit.id;
      });
      after(() => server.stop());

      /** A family that is entered and registered without asking the server anything. */
      const family = (headName: string) => {
        const [household, registration] = [newKey(), newKey()];
        const householdId = globalId('H', unit, household);
        return {
          householdId,
          items: [
            {
              createHousehold: {
                idempotencyKey: newKey(),
                id: household,
                headName,
                address: `Ngõ ${headName}`,
                members: [],
              },
            },
            { registerHousehold: { idempotencyKey: newKey(), id: registration, householdId, year: YEAR } },
          ],
        };
      };

      test('an evening goes out in one request; its lost answer costs nothing', async (t) => {
        const families = ['Mưa Một', 'Mưa Hai', 'Mưa Ba'].map((name) => family(`Phan ${name}`));
        const items = families.flatMap((made) => made.items);
        line.lose('answer', 'Sync', 2);
        const batch = await send(items);
        assert.deepEqual(outcomes(batch), items.map(() => 'REPLAYED'));
        assert.deepEqual(
          batch.results.filter((result: any) => result.payload?.household).map((result: any) => result.payload.household.id),
          families.map((made) => made.householdId),
        );
        assert.equal(batch.clockIsOff, false);
        const found = await data(
          phone,
          server.graphql,
          'query { households(search: "phan mua", first: 50) { nodes { id registrations { year state } } } }',
        );
        assert.deepEqual(
          found.households.nodes.map((row: any) => row.id).sort(),
          families.map((made) => made.householdId).sort(),
        );
        for (const row of found.households.nodes) assert.equal(row.registrations.length, 1);
        t.diagnostic(`${items.length} things, sent 3 times, each done once`);
      });

      test('each thing has an outcome of its own, and one that fails stops no other', async () => {
        const good = family('Phan Nắng');
        const [create] = good.items;
        const first = await send(good.items);
        assert.deepEqual(outcomes(first), ['CREATED', 'CREATED']);
        const created = (create as any).createHousehold;
        const batch = await send([
          // sent before
          create as object,
          // the key of something else
          { createHousehold: { ...created, id: newKey(), headName: 'Phan Khác' } },
          // the same family under another key
          { createHousehold: { ...created, idempotencyKey: newKey(), id: newKey() } },
          // a form that is filled in wrongly
          { createHousehold: { ...created, idempotencyKey: newKey(), id: newKey(), headName: '' } },
          // somebody was faster
          {
            updateHousehold: {
              idempotencyKey: newKey(),
              id: good.householdId,
              expectedVersion: 99,
              address: 'Số 1 ngõ Nắng',
            },
          },
          // registered already
          { registerHousehold: { idempotencyKey: newKey(), householdId: good.householdId, year: YEAR } },
          // and one that is right
          ...family('Phan Gió').items,
        ]);
        assert.deepEqual(outcomes(batch), [
          'REPLAYED',
          'KEY_REUSED',
          'DUPLICATE_CANDIDATES',
          'INVALID',
          'STALE',
          'ALREADY_REGISTERED',
          'CREATED',
          'CREATED',
        ]);
        assert.deepEqual(batch.results[3].fields.map((field: any) => field.path), ['headName']);
        assert.deepEqual(batch.results[4].stale.fields.map((field: any) => field.path), ['address']);
      });

      test('a receipt proves weeks later what was done, and a key that never arrived has none', async () => {
        const made = family('Phan Biên Lai');
        const [result] = (await send(made.items)).results;
        const { receipt } = await data(phone, server.graphql, RECEIPT, { key: result.key });
        const { proof } = receipt;
        assert.equal(proof.signed, result.receipt.proof.signed);
        assert.equal(receipt.recordId, made.householdId);
        const keys = (await (await fetch(`${server.address}/.well-known/receipt-keys.json`)).json()) as any;
        const key = keys.keys.find((jwk: any) => jwk.kid === proof.keyId);
        const signature = Buffer.from(proof.signature, 'base64url');
        assert.ok(verify(null, Buffer.from(proof.signed), createPublicKey({ key, format: 'jwk' }), signature));
        const forged = Buffer.from(`${proof.signed} `);
        assert.ok(!verify(null, forged, createPublicKey({ key, format: 'jwk' }), signature));
        assert.match(proof.payloadHash, new RegExp(`^[0-9a-f]{${createHash('sha256').digest('hex').length}}$`));
        assert.equal((await data(phone, server.graphql, RECEIPT, { key: newKey() })).receipt, null);
      });
    });
  }
});
