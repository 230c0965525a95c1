// The rules that the schema is held to; the decisions are in api/docs/adr/0023-schema-craft.md.
import { ESLint, type Linter } from 'eslint';
import graphql from '@graphql-eslint/eslint-plugin';

// arguments and input fields are looked at in schema.test.ts: this rule would also ask it of `@skip(if:)`
const DESCRIBED = { types: true, rootField: true, FieldDefinition: true, EnumValueDefinition: true };

const rules: Partial<Linter.RulesRecord> = {
  ...(graphql.configs['flat/schema-recommended'].rules as Linter.RulesRecord),
  ...(graphql.configs['flat/schema-relay'].rules as Linter.RulesRecord),

  // everything is described, not only types and root fields
  '@graphql-eslint/require-description': ['error', DESCRIBED],
  '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
  '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
  '@graphql-eslint/input-name': ['error', { checkInputType: false }],

  // An `id` is for what a client can meet again and keep by it. Payloads, figures, parts of a row and rows of a page have
  // none, and a made-up one would fill a normalised cache with what can never be found again. That a type which has an
  // `id` has it as `ID!` is checked in schema.test.ts.
  '@graphql-eslint/strict-id-in-types': 'off',

  // Lists are read forwards: by keyset, in the order of the work. The Relay specification asks for one direction only.
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],

  // Lists that are short by nature (the posts of a person, the windows of a year) are plain lists: the specification wraps
  // what is paged. And `Node` is for what can be asked for again by its id alone, which rows such as a session or a notice
  // cannot.
  '@graphql-eslint/relay-edge-types': [
    'error',
    { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
  ],
};

/** What the rules find in an SDL: `line: rule: message`, and how many rules looked. */
export async function lint(sdl: string): Promise<{ findings: string[]; rules: number }> {
  const linter = new ESLint({
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.graphql'],
        languageOptions: {
          parser: graphql.parser as Linter.Parser,
          parserOptions: { graphQLConfig: { schema: sdl } },
        },
        plugins: { '@graphql-eslint': graphql as unknown as ESLint.Plugin },
        rules: rules as Linter.RulesRecord,
      },
    ],
  });
  const results = await linter.lintText(sdl, { filePath: 'schema.graphql' });
  const findings = results.flatMap((result) => result.messages).map((found) => `${found.line}: ${found.ruleId}: ${found.message}`);
  return { findings, rules: Object.values(rules).filter((rule) => rule !== 'off').length };
}
