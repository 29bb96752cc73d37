// Replicates documents to a server: `node client.mjs DIRECTORY DOCUMENTS.jsonl URL`. Takes the documents in first,
// then replicates once for every line on standard input and says how long it took.
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const PouchDB = createRequire(import.meta.url)('pouchdb');
const [directory, documents, url] = process.argv.slice(2);
const BATCH = 1000;

const local = new PouchDB(`${directory}/client`);
let batch = [];
const put = async () => {
  const outcome = await local.bulkDocs(batch);
  const failed = outcome.find((one) => one.error);
  if (failed) throw new Error(`a document was not taken in: ${JSON.stringify(failed)}`);
  batch = [];
};
for await (const line of createInterface({ input: createReadStream(documents) })) {
  batch.push(JSON.parse(line));
  if (batch.length === BATCH) await put();
}
if (batch.length > 0) await put();
const { doc_count } = await local.info();
console.log(JSON.stringify({ documents: doc_count }));

for await (const _ of createInterface({ input: process.stdin })) {
  const begun = process.hrtime.bigint();
  const { docs_written, errors } = await local.replicate.to(url, { batch_size: BATCH });
  if (errors.length > 0) throw new Error(`replication failed: ${errors[0]}`);
  console.log(JSON.stringify({ seconds: Number(process.hrtime.bigint() - begun) / 1e9, docs_written }));
}
process.exit(0);
