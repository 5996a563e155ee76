// What the parts of page_client.mjs share: a browser, the page in it, and what is asked of both.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { runParts } from './parts.mjs';

export const origin = process.argv[2].replace(/\/v1$/, '');
export const question = 'What is the capital of Iraq?';
export const answer = 'The capital of Iraq is Baghdad.';

const launched = chromium.launch({
  executablePath: process.env.CHROMIUM,
  // As root, which CI is, Chromium has no sandbox; the page is ours.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});

/** Opens the page as somebody who was never here; what goes wrong in it fails the part. */
export async function open(options = {}) {
  const browser = await launched;
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) {
      page.faults.push(message.text());
    }
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) {
      page.faults.push(`asks ${request.url()}`);
    }
  });
  return page;
}

export async function goTo(page) {
  await page.goto(origin);
  await page.waitForFunction(() => document.querySelector('#model').value === 'quire-demo');
}

/** Ends what open() began, and fails where the page had something to complain of. */
export async function close(page) {
  await page.context().close();
  assert.deepEqual(page.faults, []);
}

/** Types a question as a person would, and sends it. */
export async function ask(page, text) {
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** The text of the last message, once nothing is said any more. */
export async function said(page) {
  await page.waitForFunction(() => !document.body.classList.contains('answering'));
  return page.locator('.message').last().locator('.text').innerText();
}

/** Lets the page's requests for answers ask for more than people can. */
export async function change(page, more) {
  await page.route('**/v1/chat/completions', (route) =>
    route.continue({ postData: JSON.stringify({ ...route.request().postDataJSON(), ...more }) }),
  );
}

/** Has the page's requests for answers get these deltas. */
export async function play(page, ...deltas) {
  const chunks = deltas.map((delta) => ({ choices: [{ index: 0, ...delta }] }));
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'];
  await page.route('**/v1/chat/completions', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: events.map((event) => `data: ${event}\n\n`).join(''),
    }),
  );
}

/** Sends a request as another client would, and reads what comes until it is told to stop. */
export async function load(signal, prompt, maxTokens) {
  const response = await fetch(`${origin}/v1/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ prompt, max_tokens: maxTokens, ignore_eos: true, stream: true }),
    signal,
  });
  for await (const part of response.body) {
    assert(part.length > 0);
  }
}

/** Runs the parts that were named, or all, and closes the browser. */
export const run = (...parts) => runParts(parts, async () => (await launched).close());
