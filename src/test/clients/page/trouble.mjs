// Parts of page_client.mjs about what goes wrong: text that would hold the page up, streams that break off,
// what another version of the page left behind.
import assert from 'node:assert/strict';
import { ask, close, goTo, open, play, question, said } from './browser.mjs';

const SOON_MILLIS = 5000;

/** Shapes that a pattern can be slow on, and more text than any model writes at once. */
export async function hostileTextIsShownSoon() {
  const ticks = Array.from({ length: 200 }, (_, i) => '`'.repeat(i + 2)).join(' ');
  const texts = [`a ${'`'.repeat(20_000)} b`, ticks.repeat(5), `\`\`\`${' '.repeat(50_000)}\``, '**a '.repeat(20_000), `x${'|'.repeat(20_000)}\n|-|`, 'word '.repeat(100_000)];
  const page = await open();
  await goTo(page);
  for (const text of texts) {
    await play(page, { delta: { content: text } }, { delta: { content: ' end' }, finish_reason: 'stop' });
    const began = performance.now();
    await ask(page, 'Go on.');
    assert.match(await said(page), /end$/);
    const millis = performance.now() - began;
    assert(millis < SOON_MILLIS, `${text.slice(0, 20)}…: ${Math.round(millis)} ms`);
    await page.unroute('**/v1/chat/completions');
  }
  await play(page, { delta: { content: 'Take ``a ` b`` and `c`.' }, finish_reason: 'stop' });
  await ask(page, question);
  await said(page);
  assert.deepEqual(await page.locator('.message').last().locator('.text code').allInnerTexts(), ['a ` b', 'c']);
  await close(page);
}

/** In the middle of a character, with an error of the network and without. */
export async function brokenStreamIsSaid() {
  for (const fails of [true, false]) {
    const page = await open();
    await page.addInitScript((fails) => {
      const fetched = window.fetch;
      window.fetch = (url, options) => {
        if (url !== 'v1/chat/completions') {
          return fetched(url, options);
        }
        const line = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\ndata: {"choices":[{"delta":{"content":"ä';
        const body = new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode(line).slice(0, -1));
          },
          pull(stream) {
            return fails ? stream.error(new TypeError('network error')) : stream.close();
          },
        });
        return Promise.resolve(new Response(body));
      };
    }, fails);
    await goTo(page);
    await ask(page, question);
    // What was on its way when the network failed may be lost.
    assert.match(await said(page), fails ? /^(Half)?$/ : /^Half$/);
    assert.match(await page.locator('.message > .fault:not([hidden])').innerText(), /^The connection ended before the answer did\.\s+Try again$/);
    await close(page);
  }
}

export async function strangeConversationsAreOpened() {
  const page = await open();
  await goTo(page);
  await page.evaluate(() => {
    localStorage.setItem('quire.conversations', JSON.stringify([{ id: 'old', title: 'old', time: 0 }, { id: 'bare' }, null]));
    const calls = [{ id: 'c', name: 'f' }, null];
    const messages = [null, { role: 'assistant' }, { role: 'user', content: 'kept' }, { role: 'assistant', content: '', calls }, { content: 7 }];
    localStorage.setItem('quire.conversation.old', JSON.stringify(messages));
    localStorage.setItem('quire.last', '"old"');
    localStorage.setItem('quire.settings', '7');
  });
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#model').value === 'quire-demo');
  assert.deepEqual(await page.locator('.message .text').allInnerTexts(), ['kept']);
  assert.deepEqual(await page.locator('#conversations .open').allInnerTexts(), ['old']);
  await play(page, { delta: { content: 'Goes on.' }, finish_reason: 'stop' });
  await ask(page, question);
  assert.equal(await said(page), 'Goes on.');
  await close(page);
}
