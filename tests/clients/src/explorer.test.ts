// The explorer, opened in headless Chromium: signs in, runs queries, and asks nobody else for anything.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ACCOUNT, PASSWORD, type Server, serve, world } from './world.js';

/** Where Debian puts it. */
const CHROMIUM = process.env['CHROMIUM_BIN'] || '/usr/bin/chromium';

/** Nothing that speaks to anybody by itself. */
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('explorer', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const outside: string[] = [];

  before(async () => {
    server = await serve(await world('SQLite'));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
    page = await browser.newPage({ viewport: { width: 1400, height: 950 } });
    page.setDefaultTimeout(30_000);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => {
      const own = [server.address, 'data:', 'blob:'].some((begin) => request.url().startsWith(begin));
      if (!own) outside.push(request.url());
    });
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  const typed = async (query: string, variables = '{}') => {
    await page.locator('#query').fill(query);
    await page.locator('#variables').fill(variables);
  };
  /** The answer that is shown, once it is. */
  const shown = async (): Promise<{ state: string; body: { data?: any; errors?: any[] } }> => {
    await page.waitForFunction(
      () =>
        !(document.getElementById('run') as HTMLButtonElement).disabled &&
        /^HTTP/.test(document.getElementById('state')?.textContent ?? ''),
    );
    const body = JSON.parse(await page.locator('#result').innerText());
    return { state: await page.locator('#state').innerText(), body };
  };
  const signedIn = () => page.waitForFunction(() => document.getElementById('who')?.className === 'good');

  test('the page comes whole, under a policy that lets nothing else in', async () => {
    const answer = await page.goto(`${server.address}/explorer`);
    assert.equal(answer?.status(), 200);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    await page.waitForFunction(() => /kiểu/.test(document.getElementById('schema-state')?.textContent ?? ''));
  });

  test('without a session the server refuses, and the page says so', async () => {
    // the first ready request has signed its account in
    await page.waitForFunction(() => !(document.getElementById('leave') as HTMLButtonElement).disabled);
    await page.locator('#leave').click();
    await typed('query Who { viewer { name } }');
    await page.getByRole('button', { name: /Chạy/ }).click();
    assert.equal((await shown()).body.errors?.[0].extensions.code, 'UNAUTHENTICATED');
    await page.locator('#errors li').first().waitFor();
  });

  test('somebody signs in by the form and runs a query by Ctrl+Enter', async () => {
    await page.locator('#login').fill(ACCOUNT.branchHead);
    await page.locator('#password').fill(PASSWORD);
    await page.locator('#enter').click();
    await signedIn();
    await page.locator('#query').focus();
    await page.keyboard.press('Control+Enter');
    const { state, body } = await shown();
    assert.ok(body.data.viewer.name);
    assert.match(state, /HTTP 200 · \d+ ms/);
  });

  test('names are completed from the schema', async () => {
    await typed('');
    await page.locator('#query').pressSequentially('{ view');
    await page.getByRole('option', { name: /^viewer/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.locator('#query').pressSequentially(' { actingP');
    await page.getByRole('option', { name: /^actingPost/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('#query').pressSequentially(' { role } } }');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Enter');
    assert.equal((await shown()).body.data.viewer.actingPost.role, 'BRANCH_HEAD');
  });

  test('an error is marked at its place', async () => {
    await typed('{\n  viewer { nme }\n}');
    await page.keyboard.press('Control+Enter');
    await page.waitForFunction(() => document.querySelectorAll('#query-view .t-wrong').length > 0);
    assert.equal(await page.locator('#query-view .t-wrong').first().innerText(), 'nme');
    await page.getByRole('button', { name: 'dòng 2, cột 12' }).click();
  });

  test('the documents are searched and followed', async () => {
    await page.getByRole('tab', { name: 'Tài liệu' }).click();
    await page.locator('#docs-search').fill('registrationState');
    await page.locator('#docs').getByRole('button', { name: 'RegistrationState', exact: true }).click();
    await page.locator('#docs').getByText('SUBMITTED').first().waitFor();
  });

  test('a ready request signs its account in and runs; history brings an earlier one back', async () => {
    await page.locator('#example').selectOption({ index: 1 });
    await signedIn();
    await page.keyboard.press('Control+Enter');
    assert.ok((await shown()).body.data.viewer.households.length > 0);
    await page.getByRole('tab', { name: 'Lịch sử' }).click();
    assert.ok((await page.locator('#history li').count()) >= 5);
    await page.locator('#history').getByRole('button', { name: 'Who' }).first().click();
    assert.match(await page.locator('#query').inputValue(), /query Who/);
  });

  test('a narrow window scrolls one way only', async () => {
    await page.setViewportSize({ width: 420, height: 900 });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 420);
  });

  test('nothing went wrong on the way, and nobody else was asked', () => {
    // the browser itself reports refused requests
    assert.deepEqual(complaints.filter((text) => !/status of (400|401|403)/.test(text)), []);
    assert.deepEqual(outside, []);
  });
});
