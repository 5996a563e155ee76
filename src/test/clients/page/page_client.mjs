// The page in a browser: CHROMIUM=/usr/bin/chromium node page_client.mjs http://127.0.0.1:8000/v1
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { answer, ask, change, close, goTo, load, open, origin, play, question, run, said } from './browser.mjs';
import { firstPaintIsSoon, lostServerIsSaid, markdownIsFormatted, phoneIsEnough, silentEngineIsSaid } from './looks.mjs';
import { brokenStreamIsSaid, hostileTextIsShownSoon, strangeConversationsAreOpened } from './trouble.mjs';

const SCREENSHOTS = process.env.SCREENSHOTS ?? 'screenshots';
const KEY = process.env.QUIRE_KEY;
const clock = [
  {
    type: 'function',
    function: {
      name: 'get_time',
      description: 'Get the local time in a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

async function chat() {
  const page = await open();
  await goTo(page);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'question');
  await change(page, { temperature: 0 });
  await ask(page, question);
  assert.equal(await said(page), answer);
  const facts = await page.locator('.message footer .facts').innerText();
  assert.match(facts, /^8 tokens · [\d.,]+ tokens\/s · first after .+ · prompt \d+/);
  assert.equal(await page.locator('#question').inputValue(), '');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'question');
  await page.keyboard.type('two');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('lines');
  assert.equal(await page.locator('#question').inputValue(), 'two\nlines');
  await close(page);
}

async function streamsAndStops() {
  const page = await open();
  await goTo(page);
  await change(page, { ignore_eos: true, max_tokens: 3500 });
  await ask(page, question);
  const text = page.locator('.message.assistant .text');
  await page.waitForFunction(() => document.querySelector('.message.assistant .text')?.innerText.length > 40);
  const early = await text.innerText();
  await page.waitForFunction((length) => document.querySelector('.message.assistant .text').innerText.length > length, early.length + 20);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.body.classList.contains('answering'));
  assert.match(await page.locator('.facts').innerText(), /stopped$/);
  for (let load = 1, tries = 0; load > 0; tries++) {
    load = (await (await fetch(`${origin}/load`)).json()).server_load;
    assert(tries < 100, 'the server goes on with an answer that nobody wants');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const late = await text.innerText();
  await page.reload();
  await page.waitForSelector('.message.assistant');
  assert.equal(await text.innerText(), late);
  await close(page);
}

async function reloadsAndAsksAgain() {
  const page = await open();
  await goTo(page);
  await change(page, { temperature: 0 });
  await ask(page, question);
  await said(page);
  await page.reload();
  await page.waitForSelector('.message.assistant');
  assert.equal(await said(page), answer);
  assert.equal(await page.locator('#conversations .open').innerText(), question);
  await page.waitForFunction(() => document.querySelector('#model').value === 'quire-demo');
  await page.keyboard.press('Alt+KeyR');
  assert.equal(await said(page), answer);
  assert.equal(await page.locator('.message').count(), 2);
  await page.keyboard.press('Alt+KeyN');
  assert.equal(await page.locator('.message').count(), 0);
  await ask(page, 'Name the capital of Iraq.');
  await said(page);
  assert.equal(await page.locator('#conversations .open').count(), 2);
  await page.locator('#conversations .open').last().click();
  assert.equal(await page.locator('.message.user .text').innerText(), question);
  await page.locator('#conversations .remove').last().click({ force: true });
  assert.equal(await page.locator('#conversations .open').count(), 1);
  assert.equal(await page.locator('#empty').isVisible(), true);
  await close(page);
}

async function parametersReachTheServer() {
  const page = await open();
  await goTo(page);
  await page.keyboard.press('Alt+KeyP');
  await page.fill('[name=system]', 'Be brief.');
  await page.fill('[name=temperature]', '0');
  await page.fill('[name=max_tokens]', '3');
  await page.fill('[name=tools]', '[{');
  assert.match(await page.locator('#tools-fault').innerText(), /no JSON/);
  await page.fill('[name=tools]', '');
  await page.click('#settings .primary');
  assert.equal(await page.locator('#settings-changed').innerText(), '3');
  const [request] = await Promise.all([page.waitForRequest('**/v1/chat/completions'), ask(page, question)]);
  const body = request.postDataJSON();
  assert.deepEqual(body.messages.map((one) => one.role), ['system', 'user']);
  assert.equal(body.temperature, 0);
  await said(page);
  assert.match(await page.locator('.facts').innerText(), /^3 tokens .* ended by its length$/);
  await page.keyboard.press('Alt+KeyP');
  await page.fill('[name=temperature]', '-1');
  await page.keyboard.press('Escape');
  await ask(page, question);
  await page.waitForSelector('.message > .fault:not([hidden])');
  assert.match(await page.locator('.message > .fault').last().innerText(), /temperature[\s\S]*Try again/);
  await close(page);
}

async function callsAndThoughtsAreShown() {
  const page = await open();
  await goTo(page);
  await page.click('#open-settings');
  await page.fill('[name=tools]', JSON.stringify(clock));
  await page.fill('[name=temperature]', '0');
  await page.click('#settings .primary');
  await page.focus('#question');
  await ask(page, 'What time is it in Lima?');
  await said(page);
  assert.equal(await page.locator('.call-name').innerText(), 'calls get_time');
  assert.match(await page.locator('.call pre').innerText(), /"city": "Lima"/);
  await page.fill('.call textarea', '{"time": "06:17"}');
  await page.click('.calls .primary');
  assert.equal(await said(page), 'It is 06:17 in Lima.');
  await play(page, { delta: { reasoning: 'Let me **think**.' } }, { delta: { content: 'Done.' }, finish_reason: 'stop' });
  await page.focus('#question');
  await ask(page, 'Think.');
  assert.equal(await said(page), 'Done.');
  assert.equal(await page.locator('.thought').getAttribute('open'), null);
  await page.locator('.thought summary').click();
  assert.equal(await page.locator('.thought-text strong').innerText(), 'think');
  await close(page);
}

async function probabilitiesAreShown() {
  const page = await open();
  await goTo(page);
  await page.click('#open-settings');
  await page.check('[name=logprobs]');
  await page.fill('[name=temperature]', '0');
  await page.click('#settings .primary');
  await page.focus('#question');
  await ask(page, question);
  assert.equal(await said(page), answer);
  await page.locator('.tokens span').nth(1).hover();
  assert.equal(await page.locator('.tip .row').count(), 5);
  assert.match(await page.locator('.tip .chosen').innerText(), /capital\s+[\d.]+ %/);
  await page.locator('.tokens').focus();
  await page.keyboard.press('ArrowRight');
  assert.match(await page.locator('.tip .chosen').innerText(), /of\s+[\d.]+ %/);
  await close(page);
}

/** What a model says is text, wherever it is shown. */
async function markupStaysText() {
  const evil = '<img src=x onerror="window.hit=1"><script>window.hit=1</script><b>bold</b>';
  const page = await open();
  await goTo(page);
  const call = { index: 0, id: 'c', function: { name: evil, arguments: evil } };
  await play(
    page,
    { delta: { reasoning: evil } },
    { delta: { content: `${evil}\n\n# ${evil}\n\n- ${evil}\n\n> ${evil}\n\n**${evil}**\n\n|a|\n|-|\n|${evil}|\n\n[link](javascript:window.hit=1)\n\n` } },
    { delta: { content: `\`\`\`html\n${evil}\n\`\`\`\n` } },
    { delta: { tool_calls: [call] }, finish_reason: 'tool_calls' },
  );
  await ask(page, evil);
  const text = await said(page);
  assert.equal(text.split(evil).length, 8, text);
  await page.locator('.thought summary').click();
  const strange = '#messages :is(img, script, b, a, iframe, style, link, form, object, svg)';
  assert.equal(await page.locator(strange).count(), 0);
  assert.equal(await page.locator('#conversations img').count(), 0);
  await page.unroute('**/v1/chat/completions');
  const token = { token: evil, logprob: -1, top_logprobs: [{ token: evil, logprob: -1 }] };
  await play(page, { delta: { content: evil }, logprobs: { content: [token] } });
  await page.click('#new');
  await ask(page, 'again');
  await said(page);
  await page.locator('.tokens span').hover();
  assert.equal(await page.locator(`${strange}, .tip :is(img, script)`).count(), 0);
  assert.equal(await page.evaluate(() => window.hit), undefined);
  // The browser itself would refuse what the page never does.
  await assert.rejects(page.evaluate(() => { document.body.innerHTML = '<b>'; }), /TrustedHTML/);
  page.faults.length = 0;
  await close(page);
}

async function fullBrowserForgetsTheOldest() {
  const page = await open();
  await goTo(page);
  await page.evaluate(() => {
    const index = ['new', 'old'].map((id) => ({ id, title: id, time: 0 }));
    localStorage.setItem('quire.conversations', JSON.stringify(index));
    for (const { id } of index) {
      const messages = [{ role: 'user', content: id.repeat(2_600_000 / id.length - 100) }];
      localStorage.setItem(`quire.conversation.${id}`, JSON.stringify(messages));
    }
  });
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#model').value === 'quire-demo');
  await play(page, { delta: { content: 'a word '.repeat(20_000) }, finish_reason: 'stop' });
  await ask(page, question);
  await said(page);
  assert.match(await page.locator('#notice').innerText(), /oldest conversation is gone/);
  assert.deepEqual(await page.locator('#conversations .open').allInnerTexts(), [question, 'new']);
  await close(page);
}

async function engineIsSeen() {
  const page = await open();
  await goTo(page);
  const control = new AbortController();
  const work = [40, 90, 400].map((words) => load(control.signal, 'word '.repeat(words), 3000).catch(() => {}));
  await page.waitForFunction(() => document.querySelector('#running').textContent === '3');
  await page.waitForFunction(() => Number(document.querySelector('#rate').textContent.replace(',', '')) > 0);
  assert.equal(await page.locator('#batch li').count(), 3);
  assert.match(await page.locator('#batch li .number').first().innerText(), /^\d+ \+ [\d,]+$/);
  assert.match(await page.locator('#blocks').getAttribute('aria-label'), /[1-9]\d* in use/);
  const place = await page.locator('#blocks').boundingBox();
  await page.mouse.move(place.x + 3, place.y + 3);
  assert.match(await page.locator('#block-tip').innerText(), /^Block 0: /);
  control.abort();
  await Promise.all(work);
  await page.waitForFunction(() => document.querySelector('#running').textContent === '0');
  await page.keyboard.press('Alt+KeyE');
  assert.equal(await page.locator('#engine').isVisible(), false);
  await close(page);
}

/** 100,000 blocks of which thousands change in each frame, sixty times a second. */
async function manyBlocksAreDrawnFast() {
  const page = await open();
  await page.addInitScript(() => {
    const fetched = window.fetch;
    window.fetch = (url, options) => {
      if (url !== 'engine/live') {
        return fetched(url, options);
      }
      const BLOCKS = 100_000;
      let time = 0;
      const frame = () => {
        const cells = [];
        for (let block = time % 40; block < BLOCKS; block += 40) {
          cells.push(block, 1, 4 + ((block + time) % 256));
        }
        time += 16;
        const facts = time > 16 ? {} : { engine: { backend: 'none', blocks: BLOCKS, block_size: 16, memory: [] } };
        return `${JSON.stringify({ state: 'ready', time, steps: time, generated: time, running: 0, waiting: 0, queries: 0, hits: 0, preemptions: 0, free: 0, cached: 0, shared: 0, used: BLOCKS, heap: 0, sequences: [], queue: [], cells, ...facts })}\n`;
      };
      const encoder = new TextEncoder();
      const body = new ReadableStream({
        start(stream) {
          setInterval(() => stream.enqueue(encoder.encode(frame())), 16);
        },
      });
      return Promise.resolve(new Response(body));
    };
  });
  await goTo(page);
  await page.waitForFunction(() => Number(document.querySelector('#blocks').dataset.drawn) > 5);
  const rate = await page.evaluate(async () => {
    const drawn = () => Number(document.querySelector('#blocks').dataset.drawn);
    const before = drawn();
    const began = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return ((drawn() - before) * 1000) / (performance.now() - began);
  });
  console.log(`100,000 blocks: ${rate.toFixed(1)} frames a second`);
  assert(rate >= 30, `${rate} frames a second`);
  await close(page);
}

async function isAccessible() {
  const axe = await readFile('node_modules/axe-core/axe.min.js', 'utf8');
  const wide = { width: 1360, height: 860 };
  const phone = { width: 390, height: 800 };
  for (const [colorScheme, viewport] of [['light', wide], ['dark', wide], ['light', phone], ['dark', phone]]) {
    const page = await open({ colorScheme, viewport });
    await goTo(page);
    const look = async (what) => {
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run());
      const grave = violations
        .filter((one) => ['serious', 'critical'].includes(one.impact))
        .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`);
      assert.deepEqual(grave, [], `${what}, ${colorScheme}, ${viewport.width} wide`);
    };
    await look('empty');
    const content = '|a|b|\n|-|-|\n|1|2|\n\n- **one**\n- `two`\n\n```js\nlet three = 3;\n```\n';
    await play(page, { delta: { reasoning: 'A thought.' } }, { delta: { content }, finish_reason: 'stop' });
    await ask(page, question);
    await said(page);
    await look('an answer');
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width <= viewport.width, `the page is ${width} wide on ${viewport.width}`);
    await page.keyboard.press('Alt+KeyP');
    await look('the parameters');
    await page.keyboard.press('Escape');
    if (viewport === phone) {
      await page.click('#toggle-engine');
      await look('the engine');
      await page.keyboard.press('Escape');
      await page.click('#rail-open');
      await look('the conversations');
    }
    page.faults.length = 0;
    await close(page);
  }
}

/** The engine at work on many requests, in both themes. */
async function screenshots() {
  await mkdir(SCREENSHOTS, { recursive: true });
  const control = new AbortController();
  const work = [];
  for (let i = 0; i < 18; i++) {
    const common = i % 3 === 0 ? 'Once upon a time there was a little otter who lived by a quiet river. '.repeat(6) : '';
    work.push(load(control.signal, `${common}${'word '.repeat(20 + ((i * 97) % 260))}`, 3500).catch(() => {}));
  }
  for (const [colorScheme, name] of [['light', 'page-light'], ['dark', 'page-dark']]) {
    const page = await open({ colorScheme, viewport: { width: 1360, height: 860 } });
    await goTo(page);
    await change(page, { temperature: 0 });
    for (const text of [question, 'Give the capital of Albania as JSON.', 'Tell me a story about a little otter.']) {
      await ask(page, text);
      await said(page);
    }
    await page.waitForTimeout(1500);
    await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
    await close(page);
  }
  control.abort();
  await Promise.all(work);
  const page = await open({ colorScheme: 'dark', viewport: { width: 390, height: 800 } });
  await goTo(page);
  await ask(page, question);
  await said(page);
  await page.screenshot({ path: `${SCREENSHOTS}/page-phone.png` });
  await close(page);
}

/** With an API key the page loads without it, asks for it, and keeps it for the tab alone. */
async function keyIsAskedFor() {
  const page = await open();
  await page.goto(origin);
  await page.waitForSelector('#key[open]');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'key-input');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('#key-fault:not([hidden])');
  await page.fill('#key-input', KEY);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#model').value === 'quire-demo');
  await page.waitForSelector('#engine-body:not([hidden])');
  await page.focus('#question');
  await ask(page, question);
  assert.equal(await said(page), answer);
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#model').value === 'quire-demo');
  assert.equal(await page.evaluate(() => Object.values(localStorage).join().includes(sessionStorage['quire.key'])), false);
  const other = await page.context().newPage();
  await other.goto(origin);
  await other.waitForSelector('#key[open]');
  await close(page);
}

const parts = [
  chat,
  streamsAndStops,
  reloadsAndAsksAgain,
  parametersReachTheServer,
  callsAndThoughtsAreShown,
  probabilitiesAreShown,
  markupStaysText,
  markdownIsFormatted,
  phoneIsEnough,
  lostServerIsSaid,
  silentEngineIsSaid,
  hostileTextIsShownSoon,
  brokenStreamIsSaid,
  strangeConversationsAreOpened,
  fullBrowserForgetsTheOldest,
  engineIsSeen,
  manyBlocksAreDrawnFast,
  firstPaintIsSoon,
  isAccessible,
  screenshots,
];
await run(...parts, ...(KEY ? [keyIsAskedFor] : []));
