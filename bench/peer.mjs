// Times llama.cpp through node-llama-cpp: prints one JSON line of tokens per second.
//
//   node peer.mjs MODEL.gguf [PROMPT_TOKENS] [DECODE_TOKENS] [BATCH] [THREADS] [REPETITIONS]
//
// prefill      PROMPT_TOKENS random token ids evaluated in one empty sequence
// decode1      greedy tokens of one sequence after a 16-token prompt
// decodeBatch  greedy tokens of BATCH sequences evaluated together, all of them counted
import {getLlama, LlamaLogLevel} from "node-llama-cpp";
import {availableParallelism} from "node:os";

const [modelPath, prompt = "512", decode = "128", batch = "16", threads = `${availableParallelism()}`, reps = "3"] =
    process.argv.slice(2);
const promptTokens = Number(prompt), decodeTokens = Number(decode);
const llama = await getLlama({gpu: false, build: "never", maxThreads: Number(threads),
    logLevel: LlamaLogLevel.error});
const model = await llama.loadModel({modelPath});

let state = 12345;
const randomTokens = count => Array.from({length: count}, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return 100 + state % 1900;
});
const seconds = async work => {
    const start = performance.now();
    await work();
    return (performance.now() - start) / 1000;
};
const context = sequences => model.createContext({sequences, threads: Number(threads),
    contextSize: Math.max(promptTokens, 16 + decodeTokens) + 64, batchSize: Math.max(promptTokens, 512)});

async function prefill() {
    const one = await context(1), sequence = one.getSequence();
    let best = Infinity;
    for (let i = 0; i <= Number(reps); i++) {
        await sequence.clearHistory();
        const tokens = randomTokens(promptTokens);
        const time = await seconds(() => sequence.evaluateWithoutGeneratingNewTokens(tokens));
        if (i > 0) best = Math.min(best, time);
    }
    await one.dispose();
    return promptTokens / best;
}

async function decodeTogether(sequences) {
    const shared = await context(sequences);
    const rows = Array.from({length: sequences}, () => shared.getSequence());
    let best = Infinity;
    for (let i = 0; i <= Number(reps); i++) {
        const generators = [];
        for (const row of rows) {
            await row.clearHistory();
            generators.push(row.evaluate(randomTokens(16), {temperature: 0}));
        }
        await Promise.all(generators.map(generator => generator.next()));
        const time = await seconds(() => Promise.all(generators.map(async generator => {
            for (let n = 0; n < decodeTokens; n++) await generator.next();
        })));
        if (i > 0) best = Math.min(best, time);
    }
    await shared.dispose();
    return sequences * decodeTokens / best;
}

console.log(JSON.stringify({peer: "node-llama-cpp", threads: Number(threads),
    prefill: await prefill(), decode1: await decodeTogether(1), decodeBatch: await decodeTogether(Number(batch))}));
process.exit(0);
