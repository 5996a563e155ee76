// Vercel's AI SDK: node ai_sdk_client.mjs http://127.0.0.1:8000/v1
import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, Output, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import * as asking from './asking.mjs';

const quire = createOpenAICompatible({
  name: 'quire',
  baseURL: asking.baseURL,
  includeUsage: true,
  supportsStructuredOutputs: true,
});
const clock = {
  get_time: tool({
    description: 'Get the local time in a city.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => (city === 'Lima' ? { time: '06:17' } : 'unknown'),
  }),
};

function said(prompt, more = {}) {
  return { model: quire(asking.model), prompt, temperature: 0, maxRetries: 0, ...more };
}

async function chat() {
  const result = await generateText(said(asking.question));
  assert.equal(result.text, asking.answer);
  assert.equal(result.finishReason, 'stop');
  assert.equal(result.usage.outputTokens, 8);
}

async function streams() {
  const result = streamText(said(asking.question));
  let numPieces = 0;
  let text = '';
  for await (const piece of result.textStream) {
    numPieces++;
    text += piece;
  }
  assert.equal(text, asking.answer);
  assert(numPieces > 3);
  assert.equal((await result.usage).outputTokens, 8);
}

async function tools() {
  const more = { tools: clock, stopWhen: stepCountIs(3) };
  const result = await generateText(said(asking.clockQuestion, more));
  assert.equal(result.text, asking.clockAnswer);
  assert.deepEqual(result.steps[0].toolCalls.map((call) => call.input), [{ city: 'Lima' }]);
  const streamed = streamText(said(asking.clockQuestion, more));
  assert.equal(await streamed.text, asking.clockAnswer);
}

async function chosenTools() {
  for (const toolChoice of ['required', { type: 'tool', toolName: 'get_time' }]) {
    const result = await generateText(said(asking.clockQuestion, { tools: clock, toolChoice }));
    // Nothing says that there is one call at most.
    assert.deepEqual([...new Set(result.toolCalls.map((call) => call.toolName))], ['get_time']);
  }
}

async function structure() {
  const schema = z.object({ country: z.string(), capital: z.string() });
  const more = { output: Output.object({ schema }) };
  const result = await generateText(said(asking.jsonQuestion, more));
  assert.deepEqual(result.output, asking.tirana);
  const streamed = streamText(said(asking.jsonQuestion, more));
  let last;
  for await (const partial of streamed.partialOutputStream) {
    last = partial;
  }
  assert.deepEqual(last, asking.tirana);
}

async function errors() {
  const isKind = (error) => APICallError.isInstance(error);
  const wrong = { temperature: -1 };
  const nobody = { model: quire('nobody') };
  await asking.raises(isKind, 400, 'temperature', () => generateText(said(asking.question, wrong)));
  await asking.raises(isKind, 404, 'nobody', () => generateText(said(asking.question, nobody)));
}

await asking.run(chat, streams, tools, chosenTools, structure, errors);
