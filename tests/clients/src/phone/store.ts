// A file that is there whole or as it was before, whatever happens while it is written.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** What was written last; nothing if nothing was. */
export function read<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

/** Writes it beside, and puts it in its place. */
export function write(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(value));
  renameSync(`${file}.new`, file);
}
