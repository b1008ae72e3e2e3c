import { describe, expect, it } from 'vitest'
import type { Event } from '../api/types'
import { touches } from './touches'

const event = (e: Partial<Event>): Event => ({ seq: 1, at: '2026-01-01T00:00:00Z', kind: 'rollout.shifted', actor: 'davit', text: '', ...e })

describe('touches', () => {
  it.each<[string, unknown[], Partial<Event>, boolean]>([
    ['its own rollout', ['/rollouts/{rollout}', { rollout: 'r1' }], { rollout: 'r1' }, true],
    ['another rollout', ['/rollouts/{rollout}', { rollout: 'r1' }], { rollout: 'r2' }, false],
    ['a list', ['/rollouts', {}], { rollout: 'r2' }, true],
    ['a list of its service', ['/runs', { service: 'shop' }], { service: 'shop', run: 'x' }, true],
    ['a list of another service', ['/runs', { service: 'blog' }], { service: 'shop', run: 'x' }, false],
    ['a service', ['/services/{service}', { service: 'shop' }], { service: 'shop' }, true],
    ['what is about no service', ['/runs', { service: 'blog' }], { kind: 'token.created' }, true],
    ['tokens by other things', ['/tokens', {}], { service: 'shop' }, false],
    ['tokens', ['/tokens', {}], { kind: 'token.revoked' }, true],
    ['a release by its quarantine', ['/releases/{release}', { release: 'shop-1' }], { kind: 'quarantine.set', digest: 'sha256:1' }, true],
  ])('%s', (_, key, e, want) => {
    expect(touches(key, event(e))).toBe(want)
  })
})
