// Parts of page_client.mjs about what is seen, and how soon: a model's Markdown, the page on a phone.
import assert from 'node:assert/strict';
import { ask, change, close, goTo, open, play, question, said } from './browser.mjs';

const ANSWER = `# Rivers

| River | Length in km | Through |
|:------|-------------:|:-------:|
| Tigris | 1900 | **Baghdad** |
| Nile | 6650 | \`Cairo\` \\| Khartoum |
| Rhine |

- [ ] to do
- [x] done

one | two
`;

export async function markdownIsFormatted() {
  const page = await open();
  await goTo(page);
  await play(page, { delta: { content: ANSWER }, finish_reason: 'stop' });
  await ask(page, question);
  await said(page);
  const text = page.locator('.message .text').last();
  assert.deepEqual(await text.locator('th').allInnerTexts(), ['River', 'Length in km', 'Through']);
  assert.deepEqual(await text.locator('td').allInnerTexts(), [
    ...['Tigris', '1900', 'Baghdad'],
    ...['Nile', '6650', 'Cairo | Khartoum'],
    ...['Rhine', '', ''],
  ]);
  assert.equal(await text.locator('td strong').innerText(), 'Baghdad');
  const align = (cell) => getComputedStyle(cell).textAlign;
  assert.equal(await text.locator('td').nth(1).evaluate(align), 'right');
  assert.equal(await text.locator('td').nth(2).evaluate(align), 'center');
  assert.deepEqual(await text.locator('li').allInnerTexts(), ['☐ to do', '☑ done']);
  assert.equal(await text.locator('p').last().innerText(), 'one | two');
  await close(page);
}

/** A table that is wider than the phone scrolls by itself; the list of conversations lies over the chat. */
export async function phoneIsEnough() {
  const page = await open({ viewport: { width: 390, height: 800 } });
  await goTo(page);
  const wide = Array(12).fill('column').join(' | ');
  const table = `| ${wide} |\n|${'---|'.repeat(12)}\n| ${wide} |`;
  await play(page, { delta: { content: table }, finish_reason: 'stop' });
  await ask(page, question);
  await said(page);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.keyboard.press('Alt+KeyP');
  await page.locator('[name=tools]').scrollIntoViewIfNeeded();
  assert.equal(await page.locator('#settings .primary').isVisible(), true);
  await page.click('#settings .primary');
  await page.click('#rail-open');
  await page.mouse.click(380, 400);
  assert.equal(await page.locator('#rail').isVisible(), false);
  await page.unroute('**/v1/chat/completions');
  await change(page, { ignore_eos: true, max_tokens: 3500 });
  await page.focus('#question');
  await ask(page, question);
  await page.waitForSelector('body.answering');
  await page.click('#rail-open');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('#rail').isVisible(), false);
  assert.equal(await page.locator('body.answering').count(), 1);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.body.classList.contains('answering'));
  await close(page);
}

/** Also where nobody watches the engine. */
export async function lostServerIsSaid() {
  const page = await open({ viewport: { width: 390, height: 800 } });
  await goTo(page);
  const state = (name) => page.waitForSelector(`body[data-engine=${name}]`);
  await state('ready');
  await page.context().setOffline(true);
  await ask(page, question);
  await said(page);
  assert.match(await page.locator('.message > .fault:not([hidden])').innerText(), /^The server does not answer. Is it still running\?/);
  await state('away');
  await page.context().setOffline(false);
  await page.click('.message > .fault:not([hidden]) .quiet');
  await said(page);
  await state('ready');
  page.faults.length = 0;
  await close(page);
}

/** Why the engine has stopped is still read when the connection ends, and goes when it is back. */
export async function silentEngineIsSaid() {
  const page = await open();
  const counts = { running: 1, waiting: 0, queries: 0, hits: 0, preemptions: 0, free: 8, cached: 0, shared: 0, used: 0, heap: 0 };
  const long = { state: 'ready', time: 5000, steps: 7, generated: 1, ...counts, sequences: [[1, 0, 4, 1, 0, 4, 1]], queue: [], cells: [] };
  const whole = { ...long, time: 0, engine: { backend: 'none', blocks: 8, block_size: 16, memory: [] } };
  const silent = { state: 'silent', message: 'The engine has failed; the log says why.' };
  const body = [whole, long, silent].map((frame) => `${JSON.stringify(frame)}\n`).join('');
  await page.route('**/engine/live', (route) => route.fulfill({ contentType: 'application/x-ndjson', body }), { times: 1 });
  await goTo(page);
  await page.waitForFunction(() => document.querySelector('#engine-away').textContent.startsWith('The engine has failed; the log says why. The server'));
  assert.equal(await page.locator('#batch-sum').textContent(), '1 sequence, in one step for 5 s');
  await page.waitForSelector('#engine-away', { state: 'hidden' });
  await page.waitForSelector('body[data-engine=ready]');
  await close(page);
}

export async function firstPaintIsSoon() {
  const times = [];
  for (let i = 0; i < 5; i++) {
    const page = await open();
    await goTo(page);
    times.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime));
    await close(page);
  }
  console.log(`first paint after ${times.map((time) => Math.round(time)).join(', ')} ms`);
  assert(Math.min(...times) < 300, `${times}`);
}
