// What the programs of all folders share: they are asked for their parts by name.

/** Runs the parts that were named, or all, and says how each went; status 1 where one failed. */
export async function runParts(parts, end = async () => {}) {
  const byName = new Map(parts.map((part) => [part.name, part]));
  const named = process.argv.slice(3);
  let failed = 0;
  for (const part of named.length > 0 ? named.map((name) => byName.get(name)) : parts) {
    try {
      await part();
      console.log('holds:', part.name);
    } catch (error) {
      failed++;
      console.log(error);
      console.log('fails:', part.name);
    }
  }
  await end();
  process.exit(failed > 0 ? 1 : 0);
}
