// An Express PouchDB server over LevelDB: `node server.mjs DIRECTORY`. Says which port it took, and answers
// each line on standard input with the bytes and requests that it has served so far.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import express from 'express';

const require = createRequire(import.meta.url);
const directory = process.argv[2];
const PouchDB = require('pouchdb').defaults({ prefix: `${directory}/` });
const app = express();
app.use('/', require('express-pouchdb')(PouchDB, { mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: `${directory}/log.txt` }));

let requests = 0;
const sockets = [];
const server = createServer((request, response) => {
  requests += 1;
  app(request, response);
});
server.on('connection', (socket) => sockets.push(socket));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));

createInterface({ input: process.stdin })
  .on('line', () => {
    const bytes = sockets.reduce((sum, socket) => sum + socket.bytesRead + socket.bytesWritten, 0);
    console.log(JSON.stringify({ bytes, requests, rss_mb: process.memoryUsage().rss / 1048576 }));
  })
  .on('close', () => process.exit(0));
