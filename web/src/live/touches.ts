import type { Event } from '../api/types'

type Key = readonly unknown[]

/**
 * Whether an event may have changed what a query has read. Keys are
 * [path, params]. A query about one thing is touched by events of that thing;
 * a list by all events, unless it is narrowed down to another service.
 */
export function touches(key: Key, event: Event): boolean {
  const path = String(key[0])
  const params = (key[1] ?? {}) as Record<string, unknown>
  if (path === '/session') return false
  if (path === '/audit/verify') return false // it reads the whole journal: only when asked
  const about: [string, string | undefined][] = [
    ['run', event.run],
    ['rollout', event.rollout],
    ['release', event.release],
  ]
  for (const [name, of] of about) {
    if (path.includes(`{${name}}`)) return params[name] === of || (of === undefined && Boolean(event.digest))
  }
  if (typeof params.service === 'string' && params.service !== '' && event.service && event.service !== params.service) return false
  if (path.startsWith('/tokens')) return event.kind.startsWith('token.')
  if (path.startsWith('/secrets')) return event.kind.startsWith('secret.')
  if (/^\/(flags|experiments|segments|ramps)/.test(path)) return /^(flag|experiment|segment|group|ramp)\./.test(event.kind)
  return true
}
