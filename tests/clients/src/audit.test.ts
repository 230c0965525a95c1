// GraphQL over HTTP: the audits of the specification's own suite, against a server as production has it.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { auditServer, type AuditResult } from 'graphql-http';
import { type Server, serve, world } from './world.js';

/** Audits that are not passed on purpose: id of the audit, and why, with the section of the specification. */
const EXPLAINED: Readonly<Record<string, string>> = {};

/** How many audits the suite of this version has; fewer would pass by asking less. */
const AUDITS = 61;

describe('GraphQL over HTTP', () => {
  let server: Server;
  let results: AuditResult[];
  before(async () => {
    server = await serve(await world('SQLite'));
    results = await auditServer({ url: server.graphql, fetchFn: fetch });
  });
  after(() => server.stop());

  test('every audit passes: MUST, SHOULD and MAY', (t) => {
    assert.equal(results.length, AUDITS);
    for (const level of ['MUST', 'SHOULD', 'MAY']) {
      const these = results.filter((result) => result.name.startsWith(level));
      t.diagnostic(`${level}: ${these.filter((result) => result.status === 'ok').length} of ${these.length}`);
    }
    const failing = results.filter((result) => result.status !== 'ok' && !(result.id in EXPLAINED));
    assert.deepEqual(failing.map((result) => `${result.id} ${result.name}: ${'reason' in result ? result.reason : ''}`), []);
  });

  test('what is explained does fail', () => {
    const passing = results.filter((result) => result.status === 'ok' && result.id in EXPLAINED);
    assert.deepEqual(passing.map((result) => result.id), []);
  });
});
