// openai for Node: node openai_client.mjs http://127.0.0.1:8000/v1
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import * as asking from './asking.mjs';

const client = new OpenAI({ baseURL: asking.baseURL, apiKey: 'none', maxRetries: 0 });
const clock = {
  type: 'function',
  function: {
    name: 'get_time',
    description: 'Get the local time in a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
};

function said(text, more = {}) {
  const messages = [{ role: 'user', content: text }];
  return { model: asking.model, temperature: 0, messages, ...more };
}

async function chat() {
  const models = await client.models.list();
  assert.deepEqual(models.data.map((one) => one.id), [asking.model]);
  const completion = await client.chat.completions.create(said(asking.question));
  assert.equal(completion.choices[0].message.content, asking.answer);
  assert.equal(completion.usage.completion_tokens, 8);
}

async function streams() {
  const stream = await client.chat.completions.create(said(asking.question, { stream: true }));
  let text = '';
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? '';
  }
  assert.equal(text, asking.answer);
  const runner = client.chat.completions.stream(said(asking.question));
  assert.equal(await runner.finalContent(), asking.answer);
}

async function tools() {
  const messages = [{ role: 'user', content: asking.clockQuestion }];
  const ask = { model: asking.model, temperature: 0, tools: [clock] };
  const first = await client.chat.completions.create({ ...ask, messages });
  const call = first.choices[0].message.tool_calls[0];
  assert.equal(first.choices[0].finish_reason, 'tool_calls');
  assert.equal(call.function.arguments, '{"city": "Lima"}');
  const runner = client.chat.completions.runTools({
    ...ask,
    messages,
    stream: true,
    tools: [
      {
        type: 'function',
        function: {
          ...clock.function,
          parse: JSON.parse,
          function: ({ city }) => (city === 'Lima' ? '{"time": "06:17"}' : 'unknown'),
        },
      },
    ],
  });
  assert.equal(await runner.finalContent(), asking.clockAnswer);
}

async function parsedTools() {
  const asked = [];
  const zodClock = zodFunction({
    name: 'get_time',
    description: clock.function.description,
    parameters: z.object({ city: z.string() }),
    function: ({ city }) => {
      asked.push(city);
      return { time: '06:17' };
    },
  });
  const more = { tools: [zodClock] };
  const parsed = await client.chat.completions.parse(said(asking.clockQuestion, more));
  const calls = parsed.choices[0].message.tool_calls;
  assert.deepEqual(calls.map((call) => call.function.parsed_arguments), [{ city: 'Lima' }]);
  const runner = client.chat.completions.runTools(said(asking.clockQuestion, more));
  await runner.done();
  assert.deepEqual(asked, ['Lima']);
}

async function chosenTools() {
  for (const choice of ['required', { type: 'function', function: { name: 'get_time' } }]) {
    const more = { tools: [clock], tool_choice: choice, parallel_tool_calls: false };
    const ask = said(asking.clockQuestion, more);
    const whole = (await client.chat.completions.create(ask)).choices[0];
    const streamed = (await client.chat.completions.stream(ask).finalChatCompletion()).choices[0];
    for (const one of [whole, streamed]) {
      assert.deepEqual(one.message.tool_calls.map((call) => call.function.name), ['get_time']);
    }
    assert.equal(streamed.finish_reason, whole.finish_reason);
    const called = (one) => one.message.tool_calls[0].function.arguments;
    assert.equal(called(streamed), called(whole));
  }
}

async function structure() {
  const schema = z.object({ country: z.string(), capital: z.string() });
  const more = { response_format: zodResponseFormat(schema, 'capital') };
  const parsed = await client.chat.completions.parse(said(asking.jsonQuestion, more));
  assert.deepEqual(parsed.choices[0].message.parsed, asking.tirana);
  const streamed = client.chat.completions.stream(said(asking.jsonQuestion, more));
  const last = await streamed.finalChatCompletion();
  assert.deepEqual(last.choices[0].message.parsed, asking.tirana);
}

async function logprobs() {
  const more = { logprobs: true, top_logprobs: 2 };
  const completion = await client.chat.completions.create(said(asking.question, more));
  for (const token of completion.choices[0].logprobs.content) {
    assert.equal(token.top_logprobs.length, 2);
    assert.equal(token.top_logprobs[0].logprob, token.logprob);
  }
}

async function errors() {
  const ask = (more) => () => client.chat.completions.create(said(asking.question, more));
  const isBad = (error) => error instanceof OpenAI.BadRequestError;
  const isUnknown = (error) => error instanceof OpenAI.NotFoundError;
  await asking.raises(isBad, 400, 'temperature', ask({ temperature: -1 }));
  await asking.raises(isUnknown, 404, 'nobody', ask({ model: 'nobody' }));
  await asking.raises(isBad, 400, 'nonsense', ask({ nonsense: 1, stream: true }));
}

await asking.run(chat, streams, tools, parsedTools, chosenTools, structure, logprobs, errors);
