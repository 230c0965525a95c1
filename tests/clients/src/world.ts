// A demo city to work on, and servers that serve it.
//
// Filling one takes its time, so `run.ts` does it once for each database and the suites work on copies.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { environment, program, psql, setting } from './place.js';

export type Kind = 'SQLite' | 'PostgreSQL';
export const KINDS: readonly Kind[] = ['SQLite', 'PostgreSQL'];

/** The password of every account of the demo city. */
export const PASSWORD = 'khuyen-hoc-demo-2026';

/** Accounts of the demo city, by the phone number they sign in with. */
export const ACCOUNT = {
  /** Her registration was returned. */
  returnedFamily: '0900000001',
  /** Not registered this year. */
  family: '0900000002',
  branchHead: '0900000004',
  wardOfficer: '0900000005',
} as const;

/** The programme year that the demo is in. */
export const YEAR = Number(new Intl.DateTimeFormat('en', { timeZone: 'Asia/Ho_Chi_Minh', year: 'numeric' }).format());

/** How long a server may take to listen. Long, because a loaded machine is no failure. */
const PATIENCE_MS = 60_000;

/** A copy of the demo city. */
export interface World {
  readonly kind: Kind;
  readonly url: string;
  readonly folder: string;
}

let copies = 0;

/** Copies the demo city. The folders and databases are removed when the run ends. */
export async function world(kind: Kind): Promise<World> {
  const folder = mkdtempSync(join(setting('KHUYENHOC_CLIENTS_FOLDER'), 'world-'));
  if (kind === 'SQLite') {
    copyFileSync(join(setting('KHUYENHOC_CLIENTS_FOLDER'), TEMPLATE_FILE), join(folder, 'demo.db'));
    return { kind, folder, url: `sqlite:${join(folder, 'demo.db')}` };
  }
  const template = setting('KHUYENHOC_CLIENTS_DATABASE');
  copies += 1;
  const name = `${template}_${process.pid}_${copies}`;
  await psql(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  // what CREATE DATABASE leaves behind: rights on the database itself, and its settings
  await psql(
    `UPDATE pg_database d SET datacl = t.datacl FROM pg_database t WHERE d.datname = '${name}' AND t.datname = '${template}';
     INSERT INTO pg_db_role_setting SELECT d.oid, s.setrole, s.setconfig FROM pg_db_role_setting s
       JOIN pg_database t ON t.oid = s.setdatabase AND t.datname = '${template}', pg_database d WHERE d.datname = '${name}'`,
  );
  return { kind, folder, url: databaseUrl(name) };
}

/** The file that the SQLite copies are made from. */
export const TEMPLATE_FILE = 'template.db';

/** A database of the run's PostgreSQL server. */
export function databaseUrl(name: string): string {
  const url = new URL(setting('KHUYENHOC_TEST_PG'));
  url.pathname = name;
  return url.href;
}

/** A running server. */
export interface Server {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly graphql: string;
  /** What it has written to standard error. */
  log(): string;
  /** Asks it to stop, and waits for its end. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Serves the city; several servers may serve one city. `options` go to `khuyenhoc demo`. */
export async function serve(city: World, options: string[] = [], settings: Record<string, string> = {}): Promise<Server> {
  const home = mkdtempSync(join(city.folder, 'home-'));
  mkdirSync(home, { recursive: true });
  const child = spawn(program(), ['demo', '--database', city.url, ...options], {
    cwd: home,
    env: environment(home, settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => (running.delete(child), resolve())));
  let [printed, log] = ['', ''];
  child.stderr.on('data', (bytes: Buffer) => (log += bytes.toString()));
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}\n${printed}${log}`));
    const timer = setTimeout(() => fail('the server does not listen'), PATIENCE_MS);
    child.stdout.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
      const found = /listening on (\S+)/.exec(printed)?.[1];
      if (found) (clearTimeout(timer), resolve(found));
    });
    child.once('exit', (code) => (clearTimeout(timer), fail(`the server ended with ${code} before it listened`)));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return {
    address,
    graphql: `${address}/graphql`,
    log: () => log,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}
