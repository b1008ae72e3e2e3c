// Asks Flipt's own client, which evaluates by itself, and prints what it says as
// a line of JSON: for each flag the variants of all entities.
//
//   node flipt.mjs URL < {"flags":[{"key":…,"boolean":…}],"entities":[{"id":…,"context":{…}}]}
import { text } from 'node:stream/consumers';
import { FliptClient } from '@flipt-io/flipt-client-js/node';

const { flags, entities } = JSON.parse(await text(process.stdin));
const client = await FliptClient.init({ url: process.argv[2], updateInterval: 0 });
const said = flags.map(({ key, boolean }) => entities.map(({ id, context }) => {
  const request = { flagKey: key, entityId: id, context };
  return boolean ? (client.evaluateBoolean(request).enabled ? 'on' : 'off') : client.evaluateVariant(request).variantKey;
}));
process.stdout.write(`${JSON.stringify(said)}\n`, () => process.exit(0));
