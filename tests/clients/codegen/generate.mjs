// Makes `generated/documents.ts`: the types of the schema and one typed document for each operation in `documents/`.
//
//   node codegen/generate.mjs SCHEMA        the SDL, as `khuyenhoc schema` prints it
//
// Not checked in: it is made anew before each run, so it cannot be out of date.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as typedDocument from '@graphql-codegen/typed-document-node';
import * as operations from '@graphql-codegen/typescript-operations';
import { buildSchema, parse, printSchema, validate } from 'graphql';

const here = new URL('..', import.meta.url);
const schema = buildSchema(readFileSync(process.argv[2], 'utf8'));

const folder = new URL('documents/', here);
const documents = readdirSync(folder)
  .filter((name) => name.endsWith('.graphql'))
  .sort()
  .map((name) => ({ location: name, document: parse(readFileSync(new URL(name, folder), 'utf8')) }));
for (const { location, document } of documents) {
  const errors = validate(schema, document);
  if (errors.length > 0) throw new Error(`documents/${location}: ${errors.join('\n')}`);
}

// what stands for our scalars in an app; all of them are texts on the wire
const scalars = { Date: 'string', DateTime: 'string', UUID: 'string', ID: 'string' };
const config = { scalars, strictScalars: true, enumsAsTypes: true, useTypeImports: true, skipTypename: true };
const text = await codegen({
  filename: 'generated/documents.ts',
  schema: parse(printSchema(schema)),
  documents,
  config,
  pluginMap: { operations, typedDocument },
  plugins: [{ operations: {} }, { typedDocument: {} }],
});
mkdirSync(new URL('generated/', here), { recursive: true });
writeFileSync(new URL('generated/documents.ts', here), `// Generated; do not edit.\n${text}\n`);
