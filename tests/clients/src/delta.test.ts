// A copy on the phone that is kept up by `changes`: first load, what was made since, what has left, answers lost on the way.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { apollo } from './phone/apollo.js';
import { newKey } from './phone/id.js';
import { dataOf, type Phone } from './phone/phone.js';
import { data } from './phone/plain.js';
import { ACCOUNT, KINDS, PASSWORD, type Server, serve, type World, world, YEAR } from './world.js';

const CHANGES = `query Changes($since: String, $first: Int) {
  changes(since: $since, first: $first) {
    reset cursor hasMore bytes
    units { id name kind }
    criteriaSets { id code }
    programmeYears { year closedAt windows { phase opensAt closesAt } }
    records {
      kind id gone
      record {
        __typename
        ... on Household { id headName address version }
        ... on Registration { id model year state version }
        ... on Collective { id name version }
        ... on Citizen { id name version }
      }
    }
  }
}`;

/** What the device keeps of one post. */
class Copy {
  cursor: string | undefined;
  readonly records = new Map<string, any>();
  readonly lists: Record<string, any[]> = {};
  bytes = 0;
  pages = 0;

  constructor(
    private readonly phone: Phone,
    private readonly graphql: () => string,
  ) {}

  async pull(first = 200): Promise<void> {
    for (let more = true; more; ) {
      const page = (await data(this.phone, this.graphql(), CHANGES, { since: this.cursor ?? null, first })).changes;
      this.pages += 1;
      this.bytes += gzipSync(JSON.stringify(page)).length;
      if (page.reset) this.records.clear();
      for (const list of ['units', 'criteriaSets', 'programmeYears']) if (page[list]) this.lists[list] = page[list];
      for (const change of page.records) {
        assert.equal(change.record === null, change.gone !== null);
        if (change.record) this.records.set(change.id, change.record);
        else this.records.delete(change.id);
      }
      this.cursor = page.cursor;
      more = page.hasMore;
    }
  }

  of(type: string): any[] {
    return [...this.records.values()].filter((record) => record.__typename === type);
  }
}

describe('delta', { concurrency: true }, () => {
  for (const kind of KINDS) {
    describe(kind, { concurrency: 1 }, () => {
      let city: World;
      let server: Server;
      let head: Phone;
      let copy: Copy;
      const ask = (query: string, variables: object = {}, phone = head) => data(phone, server.graphql, query, variables);
      const signedIn = async (name: string, account: string): Promise<Phone> => {
        const phone = apollo(() => server.graphql, join(city.folder, `${name}.json`), fetch);
        dataOf(await phone.session.signIn(account, PASSWORD));
        return phone;
      };
      const create = async (headName: string): Promise<{ id: string; version: number }> => {
        const input = { idempotencyKey: newKey(), headName, address: `Ngõ ${headName}`, members: [] };
        const made = await ask(
          'mutation ($input: CreateHouseholdInput!) { createHousehold(input: $input) { household { id version } } }',
          { input },
        );
        return made.createHousehold.household;
      };

      before(async () => {
        city = await world(kind);
        server = await serve(city);
        head = await signedIn('head', ACCOUNT.branchHead);
        copy = new Copy(head, () => server.graphql);
      });
      after(() => server.stop());

      test('the first load brings all that the branch head sees', async (t) => {
        await copy.pull(50);
        const { households } = await ask('query { households(first: 1) { totalCount } }');
        assert.equal(copy.of('Household').length, households.totalCount);
        const families = copy.of('Registration').filter((row) => row.year === YEAR && row.model === 'LEARNING_FAMILY');
        const { registrations } = await ask(
          `query { registrations(year: ${YEAR}, state: SUBMITTED, first: 1) { totalCount } }`,
        );
        assert.equal(families.filter((row) => row.state === 'SUBMITTED').length, registrations.totalCount);
        assert.ok(copy.lists['units']?.length && copy.lists['programmeYears']?.length);
        t.diagnostic(`${copy.records.size} records in ${copy.pages} pages, ${copy.bytes} bytes compressed`);
      });

      test('what was made since comes with the next pull, and nothing else', async () => {
        await copy.pull();
        const before = copy.records.size;
        const made = await create('Tô Mới Nhất');
        await copy.pull();
        assert.equal(copy.records.size, before + 1);
        assert.equal(copy.records.get(made.id).headName, 'Tô Mới Nhất');
      });

      test('a page whose answer was lost is asked for again', async () => {
        const made = await Promise.all(['Tô Lạc A', 'Tô Lạc B', 'Tô Lạc C'].map(create));
        const since = copy.cursor;
        await ask(CHANGES, { since, first: 2 });
        await copy.pull(2);
        for (const { id } of made) assert.ok(copy.records.has(id));
      });

      test('a household that moves away leaves the copy, one page later', async () => {
        const made = await create('Tô Chuyển Đi');
        await copy.pull();
        assert.ok(copy.records.has(made.id));
        const ward = await signedIn('ward', ACCOUNT.wardOfficer);
        const mine = (await ask('query { viewer { actingPost { unit { id } } } }')).viewer.actingPost.unit.id;
        const below = await ask(
          'query { viewer { actingPost { unit { children(first: 100) { nodes { id branchKind } } } } } }',
          {},
          ward,
        );
        const other = below.viewer.actingPost.unit.children.nodes.find(
          (unit: any) => unit.id !== mine && unit.branchKind === 'RESIDENTIAL',
        );
        const input = {
          idempotencyKey: newKey(),
          id: made.id,
          branchId: other.id,
          expectedVersion: made.version,
        };
        const moved = await ask(
          'mutation ($input: MoveHouseholdInput!) { moveHousehold(input: $input) { outcome } }',
          { input },
          ward,
        );
        assert.equal(moved.moveHousehold.outcome, 'APPLIED');
        await copy.pull();
        assert.ok(!copy.records.has(made.id));
      });

      test('a cursor that is not ours begins a new copy', async () => {
        const { changes } = await ask(CHANGES, { since: 'bogus', first: 1 });
        assert.equal(changes.reset, 'UNKNOWN_CURSOR');
      });
    });
  }
});
