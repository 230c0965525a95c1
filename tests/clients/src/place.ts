// Where things are, and how programs are run: all that knows the machine.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The repository; this file is compiled into `tests/clients/build/src`. */
export const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** A variable that `tests/clients/run` sets. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run tests/clients/run`);
  return value;
}

/** The program under test. */
export const program = (): string => setting('KHUYENHOC_BIN');

/** The environment of a server: none of the developer's own settings, a home of its own, any free port. */
export function environment(home: string, more: Record<string, string>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(KHUYENHOC_|PG|XDG_)/.test(name));
  return { ...Object.fromEntries(kept), HOME: home, KHUYENHOC_LISTEN: '127.0.0.1:0', ...more };
}

/** The SDL of the program under test. */
export async function sdl(): Promise<string> {
  const { stdout } = await run(program(), ['schema'], { maxBuffer: 1 << 24 });
  return stdout;
}

/** Runs SQL as the superuser of the run's PostgreSQL, and answers what `psql` printed: values only. */
export async function psql(sql: string, database = 'postgres'): Promise<string> {
  const url = new URL(setting('KHUYENHOC_TEST_PG'));
  url.pathname = database;
  const { stdout } = await run(psqlProgram(), ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', url.href, '-c', sql]);
  return stdout.trim();
}

// the same places as tests/src/cluster.rs looks at
function psqlProgram(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [process.env['PG_BIN'] ?? '', ...versions.map((version) => join(debian, version, 'bin'))];
  const found = folders.filter(Boolean).map((folder) => join(folder, 'psql')).find((file) => existsSync(file));
  return found ?? 'psql';
}
