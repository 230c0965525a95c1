// `relay-compiler` on all of `tests/operations`: what the strictest client of the field accepts.
//
// Relay wants operations in tagged templates, named after their module, so that is what is written for it.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DocumentNode, Kind, print, visit } from 'graphql';

const SCALARS = { Date: 'string', DateTime: 'string', UUID: 'string' };
const ENDING = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

/** Compiles the documents, by name of their file, in an empty folder. Answers what the compiler says. */
export async function compile(folder: string, sdl: string, documents: Map<string, DocumentNode>): Promise<string> {
  for (const made of ['src', 'artifacts']) mkdirSync(join(folder, made), { recursive: true });
  writeFileSync(join(folder, 'schema.graphql'), sdl);
  for (const [file, document] of documents) {
    const module = file.replace('.graphql', '');
    writeFileSync(join(folder, 'src', `${module}.js`), `graphql\`\n${print(renamed(document, module))}\n\`;\n`);
  }
  const config = {
    src: 'src',
    schema: 'schema.graphql',
    artifactDirectory: 'artifacts',
    language: 'typescript',
    customScalarTypes: SCALARS,
  };
  writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));
  const compiler = fileURLToPath(new URL('../../node_modules/relay-compiler/cli.js', import.meta.url));
  const run = promisify(execFile);
  const options = { cwd: folder, maxBuffer: 1 << 24 };
  const { stdout, stderr } = await run(process.execPath, [compiler, 'relay.config.json'], options).catch(
    (failed: { stdout: string; stderr: string }) => {
      throw new Error(`relay-compiler: ${failed.stdout}${failed.stderr}`);
    },
  );
  return stdout + stderr;
}

function renamed(document: DocumentNode, module: string): DocumentNode {
  return visit(document, {
    OperationDefinition: (node) => ({
      ...node,
      name: { kind: Kind.NAME, value: `${module}${ENDING[node.operation]}` },
    }),
  });
}
