// Steers one of OpenFeature's providers, scenario after scenario, as it is told
// by lines of JSON; every answer, and every event of the provider, is a line.
//
//   node bed.mjs PROVIDER < commands
//
//   {"do":"provide","kind":"stable","url":…,"token":…,"selector":…,"options":{…}}
//   {"do":"ask","type":"Boolean","key":…,"default":…,"context":{…}}
//   {"do":"state"}
import { createInterface } from 'node:readline';
import { installEventSource } from './eventsource.mjs';

const [name] = process.argv.slice(2);
const isWeb = name.endsWith('web');
const sdk = await import(isWeb ? '@openfeature/web-sdk' : '@openfeature/server-sdk');
const { OpenFeature, ProviderEvents, ProviderStatus } = sdk;
const say = (line) => process.stdout.write(`@${JSON.stringify(line)}\n`);

const makers = {
  'ofrep': async ({ url, token, selector }) => {
    const { OFREPProvider } = await import('@openfeature/ofrep-provider');
    return new OFREPProvider({ baseUrl: url, headers: [['Authorization', `Bearer ${token}`], ...named(selector)] });
  },
  'ofrep-web': async ({ url, token, selector }) => {
    installEventSource(url);
    const { OFREPWebProvider } = await import('@openfeature/ofrep-web-provider');
    return new OFREPWebProvider({ baseUrl: url, headers: [['X-API-Key', token], ...named(selector)], cacheMode: 'disabled' });
  },
  'flagd-rpc': flagd('rpc'),
  'flagd-in-process': flagd('in-process'),
  'flagd-web': async ({ url, token, selector }) => {
    const { FlagdWebProvider } = await import('@openfeature/flagd-web-provider');
    const { hostname: host, port } = new URL(url);
    const authorized = (next) => (request) => {
      request.header.set('Authorization', `Bearer ${token}`);
      for (const [header, value] of named(selector)) request.header.set(header, value);
      return next(request);
    };
    return new FlagdWebProvider({ host, port: Number(port), tls: false, interceptors: [authorized] });
  },
};

function named(selector) {
  return selector ? [['Flagd-Selector', selector]] : [];
}

function flagd(resolverType) {
  return async ({ kind, url, token, selector, options }) => {
    const { FlagdProvider } = await import('@openfeature/flagd-provider');
    const { hostname: host, port } = new URL(url);
    const o = {
      host, port: Number(port), resolverType, deadlineMs: 20000, retryGracePeriod: 2, retryBackoffMs: 100, retryBackoffMaxMs: 500,
      cache: options.cache ?? 'lru', selector: [selector, token && `token=${token}`].filter(Boolean).join(','),
    };
    if (options.deadlineMs) o.deadlineMs = Number(options.deadlineMs);
    if (options.fatalStatusCodes) o.fatalStatusCodes = options.fatalStatusCodes.split(',');
    if (kind === 'unavailable') o.port = 9; // nobody listens there
    return new FlagdProvider(o);
  };
}

const kinds = {
  ready: ProviderEvents.Ready, error: ProviderEvents.Error, stale: ProviderEvents.Stale, change: ProviderEvents.ConfigurationChanged,
};
let client;
let round = 0;

const commands = {
  async provide(c) {
    await OpenFeature.clearProviders();
    const provider = await makers[name](c);
    const mine = ++round;
    const domain = `bed-${mine}`;
    client = OpenFeature.getClient(domain);
    for (const [event, kind] of Object.entries(kinds)) {
      client.addHandler(kind, (d) => mine === round && say({ event, flags: d?.flagsChanged ?? [] }));
    }
    if (isWeb) await OpenFeature.setContext({});
    if (c.kind === 'unavailable' || c.kind === 'forbidden') {
      OpenFeature.setProvider(domain, provider);
    } else {
      await OpenFeature.setProviderAndWait(domain, provider);
    }
    return {};
  },
  async ask({ type, key, default: byDefault, context }) {
    if (isWeb) await OpenFeature.setContext(context);
    const about = isWeb ? [] : [context];
    const method = { Boolean: 'getBooleanDetails', String: 'getStringDetails', Integer: 'getNumberDetails', Float: 'getNumberDetails', Object: 'getObjectDetails' }[type];
    const d = await client[method](key, byDefault, ...about);
    return { value: d.value, variant: d.variant ?? '', reason: d.reason ?? '', code: d.errorCode ?? '', metadata: d.flagMetadata ?? {} };
  },
  async state() {
    const fatal = client.providerStatus === ProviderStatus.FATAL;
    return { state: fatal ? 'FATAL' : String(client.providerStatus) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const c = JSON.parse(line);
  try {
    say({ answer: await commands[c.do](c) });
  } catch (e) {
    say({ failed: String(e?.stack ?? e) });
  }
}
process.exit(0);
