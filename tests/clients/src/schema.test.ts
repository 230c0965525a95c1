// The schema as a piece of craft: linted, compiled by Relay, and never broken against the released one unannounced.
import { before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  type DocumentNode,
  findBreakingChanges,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  parse,
  validate,
} from 'graphql';
import { lint } from './lint.js';
import { ROOT, sdl as ask, setting } from './place.js';
import { compile } from './relay.js';

/** Mutations that answer something else than a payload of their own, and why. */
const NO_PAYLOAD: Readonly<Record<string, string>> = {
  refresh: 'Tokens: what `signIn` and the others give, and nothing beside it',
};

describe('schema', () => {
  let sdl: string;
  let schema: GraphQLSchema;
  let operations: Map<string, DocumentNode>;
  before(async () => {
    sdl = await ask();
    schema = buildSchema(sdl);
    const folder = join(ROOT, 'tests/operations');
    const files = readdirSync(folder).filter((name) => name.endsWith('.graphql'));
    operations = new Map(files.map((name) => [name, parse(readFileSync(join(folder, name), 'utf8'))]));
  });

  test('@graphql-eslint finds nothing: recommended and Relay', async (t) => {
    const { findings, rules } = await lint(sdl);
    assert.deepEqual(findings, []);
    t.diagnostic(`${rules} rules, ${Object.keys(schema.getTypeMap()).length} types`);
  });

  test('every operation is valid by graphql-js', (t) => {
    for (const [name, document] of operations) {
      assert.deepEqual(validate(schema, document).map(String), [], name);
    }
    t.diagnostic(`${operations.size} operations`);
  });

  test('relay-compiler compiles every operation', async (t) => {
    const folder = mkdtempSync(join(setting('KHUYENHOC_CLIENTS_FOLDER'), 'relay-'));
    await compile(folder, sdl, operations);
    const artifacts = readdirSync(join(folder, 'artifacts'));
    assert.equal(artifacts.length, operations.size);
    t.diagnostic(`${artifacts.length} artifacts`);
  });

  test('nothing that was released is broken, but for what CHANGELOG.md says under "Breaking"', (t) => {
    const released = buildSchema(readFileSync(join(ROOT, 'tests/clients/released.graphql'), 'utf8'));
    const told = announced(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8'));
    const changes = findBreakingChanges(released, schema).map((change) => change.description);
    const untold = changes.filter((change) => !told.some((name) => wordsOf(change).includes(name)));
    assert.deepEqual(untold, []);
    t.diagnostic(`${changes.length} breaking changes, all of them announced`);
  });

  test('a type that has an id has it as ID!', () => {
    for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
      const id = type.getFields()['id'];
      if (id) assert.equal(String(id.type), 'ID!', `${type.name}.id`);
    }
  });

  test('a mutation takes one input object of its own and answers a payload', () => {
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      assert.ok(field.args.length <= 1, field.name);
      for (const arg of field.args) assert.match(`${arg.name}: ${arg.type}`, /^input: \w+Input!$/, field.name);
      if (!(field.name in NO_PAYLOAD)) assert.match(String(field.type), /Payload!$/, field.name);
    }
  });

  test('every argument and input field is described', () => {
    for (const type of Object.values(schema.getTypeMap())) {
      if (type.name.startsWith('__')) continue;
      const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
      const values = fields.flatMap((field) => field.args.map((arg) => ({ place: `${type.name}.${field.name}`, ...arg })));
      const inputs = isInputObjectType(type) ? Object.values(type.getFields()) : [];
      values.push(...inputs.map((input) => ({ place: type.name, ...input })));
      for (const value of values) assert.ok(value.description, `${value.place} ${value.name}`);
    }
  });

  test('every scalar of ours says where it is specified', () => {
    for (const type of Object.values(schema.getTypeMap()).filter(isScalarType)) {
      if (!isSpecifiedScalarType(type)) assert.ok(type.specifiedByURL, type.name);
    }
  });

  test('what is deprecated says what to use instead, and until when it stays', () => {
    for (const { place, reason } of deprecations(schema)) {
      assert.match(reason, /`\w+`.*until \d{4}-\d{2}-\d{2}/, place);
    }
  });
});

/** The coordinates in backticks under "### Breaking" of the part that is not released yet. */
function announced(changelog: string): string[] {
  const unreleased = changelog.split(/^## /m)[1] ?? '';
  const breaking = unreleased.split(/^### /m).find((part) => part.startsWith('Breaking')) ?? '';
  return [...breaking.matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? '');
}

/** The names in a change: `Certificate.decidedOn changed type from NaiveDate! to Date!.` has `NaiveDate` among them. */
const wordsOf = (change: string): string[] => change.split(/[^\w.]+/).map((word) => word.replace(/\.$/, ''));

function* deprecations(schema: GraphQLSchema): Generator<{ place: string; reason: string }> {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    if (isEnumType(type)) {
      for (const value of type.getValues()) {
        if (value.deprecationReason) yield { place: `${type.name}.${value.name}`, reason: value.deprecationReason };
      }
    } else if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        if (field.deprecationReason) yield { place: `${type.name}.${field.name}`, reason: field.deprecationReason };
        for (const arg of 'args' in field ? field.args : []) {
          if (arg.deprecationReason) yield { place: `${type.name}.${field.name}(${arg.name}:)`, reason: arg.deprecationReason };
        }
      }
    }
  }
}
