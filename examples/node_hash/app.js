'use strict';
// Node.js: a chain of hashes in one thread. The first calls are slower, until the JIT compiler has warmed up.
const crypto = require('crypto');

exports.handler = async (event) => {
  let digest = Buffer.from('tuner');
  for (let round = 0; round < (event.rounds || 60000); round += 1) {
    digest = crypto.createHash('sha256').update(digest).digest();
  }
  return { digest: digest.toString('hex').slice(0, 8) };
};
