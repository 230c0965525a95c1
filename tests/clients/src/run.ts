// Fills the demo city once for each database, runs the suites on copies of it, and removes everything.
//
//   node build/src/run.js [SUITE]...      all suites, or those named: audit, schema, journey ..
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environment, program, psql, setting } from './place.js';
import { databaseUrl, TEMPLATE_FILE } from './world.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'khuyenhoc-clients-'));
const database = `clients_${process.pid}`;
let child: ReturnType<typeof spawn> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child?.kill(signal));

async function ended(command: string, options: string[], env: NodeJS.ProcessEnv, quiet: boolean): Promise<number> {
  const started = spawn(command, options, { env, stdio: quiet ? ['ignore', 'ignore', 'inherit'] : 'inherit' });
  child = started;
  return new Promise((resolve, reject) => {
    started.once('error', reject);
    started.once('exit', (code) => resolve(code ?? 1));
  });
}

async function fill(url: string): Promise<void> {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  const demo = ['demo', '--no-serve', '--scale', '0.000001', '--database', url];
  const code = await ended(program(), demo, environment(home, {}), true);
  if (code !== 0) throw new Error(`filling ${url.replace(/:.*/, '')} ended with ${code}`);
}

async function main(): Promise<number> {
  const named = process.argv.slice(2);
  const suites = readdirSync(here)
    .filter((name) => name.endsWith('.test.js') && (named.length === 0 || named.includes(name.replace('.test.js', ''))))
    .sort();
  if (suites.length === 0) throw new Error(`no suite is called ${named.join(' or ')}`);
  await fill(`sqlite:${join(folder, TEMPLATE_FILE)}`);
  await psql(`CREATE DATABASE ${database}`);
  await fill(databaseUrl(database));
  const env = { ...process.env, KHUYENHOC_CLIENTS_FOLDER: folder, KHUYENHOC_CLIENTS_DATABASE: database };
  const files = suites.map((name) => join(here, name));
  return ended(process.execPath, ['--test', '--test-reporter=spec', ...files], env, false);
}

async function tidy(): Promise<void> {
  const made = await psql(`SELECT datname FROM pg_database WHERE datname LIKE '${database}%'`);
  for (const name of made.split('\n').filter(Boolean)) await psql(`DROP DATABASE ${name} WITH (FORCE)`);
  rmSync(folder, { recursive: true, force: true });
}

setting('KHUYENHOC_TEST_PG');
let code = 1;
try {
  code = await main();
} finally {
  await tidy();
}
process.exit(code);
