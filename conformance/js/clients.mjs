// Evaluates the flags of a server with one of OpenFeature's providers and
// prints what it is told, one line of JSON for each question; then waits for a
// change that is published meanwhile, and prints the answer after it.
//
//   node clients.mjs PROVIDER URL TOKEN CONTROL < flags after the change
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { installEventSource } from './eventsource.mjs';

const [name, url, token, control] = process.argv.slice(2);
const { hostname: host, port: portText } = new URL(url);
const port = Number(portText);
const after = readFileSync(0, 'utf8');

const server = () => import('@openfeature/server-sdk');
const web = () => import('@openfeature/web-sdk');

const providers = {
  'ofrep': async () => {
    const { OFREPProvider } = await import('@openfeature/ofrep-provider');
    return [await server(), new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${token}`]] })];
  },
  'ofrep-web': async () => {
    installEventSource(url);
    const { OFREPWebProvider } = await import('@openfeature/ofrep-web-provider');
    return [await web(), new OFREPWebProvider({ baseUrl: url, headers: [['X-API-Key', token]], cacheMode: 'disabled' })];
  },
  'flagd-rpc': async () => {
    const { FlagdProvider } = await import('@openfeature/flagd-provider');
    return [await server(), new FlagdProvider({ host, port, deadlineMs: 30000 })];
  },
  'flagd-in-process': async () => {
    const { FlagdProvider } = await import('@openfeature/flagd-provider');
    return [await server(), new FlagdProvider({ host, port, selector: `token=${token}`, resolverType: 'in-process', deadlineMs: 30000 })];
  },
  'flagd-web': async () => {
    const { FlagdWebProvider } = await import('@openfeature/flagd-web-provider');
    const authorized = (next) => (request) => {
      request.header.set('Authorization', `Bearer ${token}`);
      return next(request);
    };
    return [await web(), new FlagdWebProvider({ host, port, tls: false, interceptors: [authorized] })];
  },
};

const ann = { targetingKey: 'ann', email: 'ann@shop.example' };
const questions = [
  ['on', false], ['off', true], ['text', 'x'], ['empty', 'x'], ['float', 1.5], ['int', 3], ['zero', 3], ['object', {}],
  ['rule', 'x'], ['split', 'x'], ['disabled', true], ['code', true], ['a/b', 'x'], ['nowhere', 'x'], ['rule', true],
];

function ask(client, key, byDefault) {
  const about = sdk.OpenFeature.setContext && name.endsWith('web') ? [] : [ann];
  switch (typeof byDefault) {
    case 'boolean': return client.getBooleanDetails(key, byDefault, ...about);
    case 'string': return client.getStringDetails(key, byDefault, ...about);
    case 'number': return client.getNumberDetails(key, byDefault, ...about);
    default: return client.getObjectDetails(key, byDefault, ...about);
  }
}

const [sdk, provider] = await providers[name]();
const { OpenFeature, ProviderEvents } = sdk;
if (name.endsWith('web')) {
  await OpenFeature.setContext(ann);
}
await OpenFeature.setProviderAndWait(provider);
const client = OpenFeature.getClient();
for (const [key, byDefault] of questions) {
  const d = await ask(client, key, byDefault);
  console.log(JSON.stringify({ key, value: d.value, variant: d.variant ?? '', reason: d.reason ?? '', code: d.errorCode ?? '', metadata: d.flagMetadata ?? {} }));
}
const again = await ask(client, 'on', false);
console.log(JSON.stringify({ key: 'again', reason: again.reason }));

// Let streams that are about to open do so: a client that opens one late is
// told at once, so this is only to see a real notification.
const events = new EventTarget();
client.addHandler(ProviderEvents.ConfigurationChanged, () => events.dispatchEvent(new Event('changed')));
const told = once(events, 'changed');
const published = await fetch(`${control}/flags`, { method: 'POST', body: after });
if (!published.ok) throw new Error(await published.text());
if (name !== 'ofrep') {
  await told;
}
for (;;) {
  const d = await ask(client, 'text', 'x');
  if (d.value === 'good evening') {
    console.log(JSON.stringify({ key: 'changed', value: d.value }));
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 10));
}
await OpenFeature.close();
process.exit(0);
