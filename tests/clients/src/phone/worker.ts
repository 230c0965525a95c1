// A phone's process: opens what is kept in its folder, sends its outbox, and ends. The tests end it sooner.
//
//   node worker.js CLIENT GRAPHQL FOLDER [ANSWERS]     with ANSWERS it is killed when so many have reached the phone, before
//                                                      it has written the last of them down
import { join } from 'node:path';
import { apollo } from './apollo.js';
import type { Fetch } from './line.js';
import { Outbox } from './outbox.js';
import { urql } from './urql.js';

const [client, graphql, folder, answers] = process.argv.slice(2);
if (!client || !graphql || !folder) throw new Error('usage: worker CLIENT GRAPHQL FOLDER [ANSWERS]');

let left = answers === undefined ? Number.POSITIVE_INFINITY : Number(answers);
const line: Fetch = async (input, init) => {
  const answer = await fetch(input, init);
  await answer.clone().arrayBuffer();
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
  return answer;
};
const make = client === 'urql' ? urql : apollo;
const phone = make(() => graphql, join(folder, 'session.json'), line);
await new Outbox(join(folder, 'outbox.json')).send(phone);
phone.close();
