// Live updates by the clients graphql-ws and graphql-sse: events, resuming, renewal, and close codes by the book.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createClient as createSocketClient } from 'graphql-ws';
import { createClient as createStreamClient } from 'graphql-sse';
import { WebSocket } from 'ws';
import { apollo } from './phone/apollo.js';
import { newKey } from './phone/id.js';
import { dataOf, type Phone, pause } from './phone/phone.js';
import { data } from './phone/plain.js';
import { ACCOUNT, KINDS, PASSWORD, type Server, serve, type World, world, YEAR } from './world.js';

const PROTOCOL = 'graphql-transport-ws';

const REGISTRATION_CHANGED = `subscription Changed($unitId: ID, $after: String) {
  registrationChanged(unitId: $unitId, year: ${YEAR}, after: $after) {
    event cursor registrationId action version registration { id state version }
  }
}`;
const INBOX_CHANGED = `subscription Desk($after: String) {
  inboxChanged(year: ${YEAR}, after: $after) { event cursor inbox { entries { model state total } } }
}`;
const NOTIFICATION_ADDED = `subscription Notices($after: String) {
  notificationAdded(after: $after) { event cursor unread notice { kind registrationId } }
}`;
const WAITING = `query { registrations(year: ${YEAR}, state: SUBMITTED, first: 20) { nodes { id version } } }`;
const APPROVE = `mutation ($input: ApproveRegistrationsInput!) {
  approveRegistrations(input: $input) { results { outcome registration { version } } }
}`;

/** How long an event may take. Long, because a loaded machine is no failure. */
const PATIENCE_MS = 30_000;

/** A value that comes, or an error. */
async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} does not come`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A stream of events, read one by one. */
interface Events {
  next(): Promise<any>;
  end(): Promise<unknown>;
}

function eventsOf(field: string, stream: AsyncIterableIterator<any>, dispose: () => void): Events {
  return {
    next: async () => {
      const { value, done } = await soon(`the next of ${field}`, stream.next());
      if (done) throw new Error(`${field} has ended`);
      if (value.errors) throw new Error(JSON.stringify(value.errors));
      return value.data[field];
    },
    end: async () => {
      await stream.return?.();
      dispose();
    },
  };
}

/** Subscribes by the npm client graphql-ws. */
function bySocket(graphql: string, phone: Phone, field: string, query: string, variables: Record<string, unknown>): Events {
  const client = createSocketClient({
    url: graphql.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 20,
    shouldRetry: () => true,
    retryWait: () => pause(200),
    connectionParams: async () => ({
      accessToken: (await phone.session.authorization())['Authorization']?.replace('Bearer ', ''),
      acceptLanguage: 'vi',
    }),
  });
  return eventsOf(field, client.iterate({ query, variables }), () => void client.dispose());
}

/** Subscribes by the npm client graphql-sse, over a connection for each stream. */
function byStream(graphql: string, phone: Phone, field: string, query: string, variables: Record<string, unknown>): Events {
  const client = createStreamClient({ url: graphql, retryAttempts: 0, headers: () => phone.session.authorization() });
  return eventsOf(field, client.iterate({ query, variables }), () => client.dispose());
}
const WAYS = { 'graphql-ws': bySocket, 'graphql-sse': byStream } as const;

/** A socket without a client, for what a client never does: answers the code that the server closes it with. */
function closedWith(graphql: string, speak: (socket: WebSocket) => void): Promise<number> {
  const socket = new WebSocket(graphql.replace('http', 'ws'), PROTOCOL);
  const closed = new Promise<number>((resolve, reject) => {
    socket.once('close', resolve);
    socket.once('error', reject);
  });
  socket.once('open', () => speak(socket));
  return soon('the end of a socket', closed).finally(() => socket.terminate());
}

/** Speaks after the server has acknowledged the connection. */
function initialised(token: string, speak: (socket: WebSocket) => void): (socket: WebSocket) => void {
  return (socket) => {
    socket.once('message', () => speak(socket));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken: token } }));
  };
}

const subscribe = (id: string) => JSON.stringify({ type: 'subscribe', id, payload: { query: NOTIFICATION_ADDED } });

describe('live', { concurrency: true }, () => {
  for (const kind of KINDS) {
    describe(kind, { concurrency: 1 }, () => {
      let city: World;
      let server: Server;
      let head: Phone;
      const token = async () => (await head.session.authorization())['Authorization']?.replace('Bearer ', '') ?? '';

      const signedIn = async (name: string, account: string): Promise<Phone> => {
        const phone = apollo(() => server.graphql, join(city.folder, `${name}.json`), fetch);
        dataOf(await phone.session.signIn(account, PASSWORD));
        return phone;
      };
      const approveNext = async (graphql = server.graphql): Promise<{ id: string; version: number }> => {
        const [row] = (await data(head, graphql, WAITING)).registrations.nodes;
        const input = { idempotencyKey: newKey(), items: [{ id: row.id }] };
        const [result] = (await data(head, graphql, APPROVE, { input })).approveRegistrations.results;
        assert.equal(result.outcome, 'APPLIED');
        return { id: row.id, version: result.registration.version };
      };

      before(async () => {
        city = await world(kind);
        server = await serve(city);
        head = await signedIn('head', ACCOUNT.branchHead);
      });
      after(() => server.stop());

      for (const [client, open] of Object.entries(WAYS)) {
        test(`${client}: what changes is told, and what was missed comes after the cursor`, async () => {
          const first = open(server.graphql, head, 'registrationChanged', REGISTRATION_CHANGED, {});
          assert.equal((await first.next()).event, 'OPENED');
          const seen = await approveNext();
          const told = await first.next();
          assert.equal(told.event, 'CHANGED');
          assert.equal(told.registrationId, seen.id);
          assert.deepEqual(told.registration, { id: seen.id, state: 'APPROVED', version: seen.version });
          await first.end();

          // an alley without a line
          const missed = [await approveNext(), await approveNext()];
          const again = open(server.graphql, head, 'registrationChanged', REGISTRATION_CHANGED, { after: told.cursor });
          assert.equal((await again.next()).event, 'OPENED');
          for (const { id } of missed) assert.equal((await again.next()).registrationId, id);
          const live = await approveNext();
          assert.equal((await again.next()).registrationId, live.id);
          await again.end();
        });

        test(`${client}: the desk's numbers come whole`, async () => {
          const waits = (event: any): number =>
            event.inbox.entries.find((row: any) => row.model === 'LEARNING_FAMILY' && row.state === 'SUBMITTED').total;
          const desk = open(server.graphql, head, 'inboxChanged', INBOX_CHANGED, {});
          const begun = waits(await desk.next());
          await approveNext();
          let now = begun;
          while (now === begun) now = waits(await desk.next());
          assert.equal(now, begun - 1);
          await desk.end();
        });
      }

      test('a notice reaches the family whose registration was returned', async () => {
        const family = await signedIn('family', ACCOUNT.family);
        const me = await data(family, server.graphql, 'query { viewer { households { id } } }');
        const householdId = me.viewer.households[0].id;
        const registered = await data(
          family,
          server.graphql,
          'mutation ($input: RegisterHouseholdInput!) { registerHousehold(input: $input) { registration { id } } }',
          { input: { idempotencyKey: newKey(), householdId, year: YEAR } },
        );
        const { id } = registered.registerHousehold.registration;
        const notices = bySocket(server.graphql, family, 'notificationAdded', NOTIFICATION_ADDED, {});
        const { event, unread } = await notices.next();
        assert.equal(event, 'OPENED');
        const input = { idempotencyKey: newKey(), items: [{ id }], reason: 'Cần ghi rõ năm sinh của các con' };
        await data(
          head,
          server.graphql,
          'mutation ($input: RefuseRegistrationsInput!) { returnRegistrations(input: $input) { outcome } }',
          { input },
        );
        const told = await notices.next();
        assert.deepEqual(told.notice, { kind: 'REGISTRATION_RETURNED', registrationId: id });
        assert.equal(told.unread, unread + 1);
        await notices.end();
      });

      test('a token is renewed over the socket, and the stream goes on', async () => {
        const socket = new WebSocket(server.graphql.replace('http', 'ws'), PROTOCOL);
        const inbox: any[] = [];
        let wake = () => {};
        socket.on('message', (bytes) => (inbox.push(JSON.parse(String(bytes))), wake()));
        const next = async (type: string): Promise<any> => {
          for (;;) {
            const at = inbox.findIndex((message) => message.type === type);
            if (at >= 0) return inbox.splice(at, 1)[0];
            await soon(type, new Promise<void>((resolve) => (wake = resolve)));
          }
        };
        await soon('the socket', new Promise((resolve) => socket.once('open', resolve)));
        socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken: await token() } }));
        await next('connection_ack');
        socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: REGISTRATION_CHANGED } }));
        assert.equal((await next('next')).payload.data.registrationChanged.event, 'OPENED');
        await head.session.refresh();
        socket.send(JSON.stringify({ type: 'ping', payload: { accessToken: await token() } }));
        assert.equal((await next('pong')).payload.renewed, true);
        socket.send(JSON.stringify({ type: 'ping', payload: { accessToken: 'spoilt' } }));
        assert.equal((await next('pong')).payload.renewed, false);
        const { id } = await approveNext();
        assert.equal((await next('next')).payload.data.registrationChanged.registrationId, id);
        socket.terminate();
      });

      test('sockets are closed by the book', async (t) => {
        const good = await token();
        const cases: [number, string, (socket: WebSocket) => void][] = [
          [4400, 'no JSON', (socket) => socket.send('{')],
          [4400, 'an unknown message', (socket) => socket.send('{"type":"hello"}')],
          [4401, 'subscribed before the connection was acknowledged', (socket) => socket.send(subscribe('1'))],
          [4403, 'no token', (socket) => socket.send('{"type":"connection_init"}')],
          [4403, 'a bad token', (socket) => socket.send('{"type":"connection_init","payload":{"accessToken":"x"}}')],
          [4409, 'one id twice', initialised(good, (socket) => [1, 2].forEach(() => socket.send(subscribe('1'))))],
          [4429, 'two beginnings', initialised(good, (socket) => socket.send('{"type":"connection_init"}'))],
          [4408, 'no beginning', () => undefined],
        ];
        const codes = await Promise.all(cases.map(([, , speak]) => closedWith(server.graphql, speak)));
        assert.deepEqual(codes.map((code, at) => [code, cases[at]?.[1]]), cases.map(([code, what]) => [code, what]));
        t.diagnostic(`${cases.length} ways to be closed`);
      });

      test('another protocol is refused before there is a socket', async () => {
        const status = await new Promise<number | undefined>((resolve, reject) => {
          const socket = new WebSocket(server.graphql.replace('http', 'ws'), 'graphql-ws');
          socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
          socket.once('open', () => reject(new Error('it is open')));
          socket.once('error', reject);
        });
        assert.equal(status, 400);
      });

      test('signing out ends the streams of that session', async () => {
        const phone = await signedIn('leaving', ACCOUNT.branchHead);
        const bearer = (await phone.session.authorization())['Authorization']?.replace('Bearer ', '') ?? '';
        const code = closedWith(
          server.graphql,
          initialised(bearer, (socket) => {
            socket.once('message', () => {
              void data(phone, server.graphql, 'mutation { endSessions(input: { which: CURRENT }) { ended } }');
            });
            socket.send(subscribe('1'));
          }),
        );
        assert.equal(await code, 4401);
      });

      test('a server that dies loses nothing: the stream goes on where it was', async () => {
        const second = await serve(city);
        const events = bySocket(second.graphql, head, 'registrationChanged', REGISTRATION_CHANGED, {});
        const opened = await events.next();
        assert.equal(opened.event, 'OPENED');
        // another instance tells, where there may be several
        if (kind === 'PostgreSQL') {
          const { id } = await approveNext();
          assert.equal((await events.next()).registrationId, id);
        }
        await events.end();
        await second.kill();
        const missed = [await approveNext(), await approveNext()];
        const third = await serve(city);
        const resumed = bySocket(third.graphql, head, 'registrationChanged', REGISTRATION_CHANGED, { after: opened.cursor });
        assert.equal((await resumed.next()).event, 'OPENED');
        const told: string[] = [];
        while (!missed.every(({ id }) => told.includes(id))) told.push((await resumed.next()).registrationId);
        assert.equal(new Set(told).size, told.length);
        await resumed.end();
        await third.stop();
      });
    });
  }
});
