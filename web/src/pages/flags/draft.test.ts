import { describe, expect, it } from 'vitest'
import { conditionOf, rulesOf, testsOf, valueOf, withState, written, type Document } from './draft'

describe('a condition', () => {
  it('comes out of the builder as it went in', () => {
    for (const condition of [
      { country: { in: ['DE', 'AT'] }, app: { semver: '>= 2.1.0' } },
      { segment: 'beta' },
      { segment: ['beta', 'staff'] },
      { age: { min: 18, below: 65 } },
      { beta: { is: true } },
      { version: { is: '2' } },
      {},
    ]) {
      const tests = testsOf(condition)
      expect(tests).not.toBeNull()
      expect(conditionOf(tests!)).toEqual(condition)
    }
  })
  it('that is more than comparisons is left to the text', () => {
    for (const condition of [{ any: [{ a: 1 }] }, { not: { a: 1 } }, { all: [] }, { attribute: 'all', is: 1 }, null, 3]) expect(testsOf(condition)).toBeNull()
  })
})

it('what is typed is a text unless it reads as JSON', () => {
  expect(valueOf(' DE ')).toBe('DE')
  expect(valueOf('18')).toBe(18)
  expect(valueOf('"18"')).toBe('18')
  expect(valueOf('true')).toBe(true)
  expect(valueOf('["a"]')).toEqual(['a'])
  expect(valueOf('2.1.0')).toBe('2.1.0')
})

it('rules that nobody touched are written as they were', () => {
  const rules = [
    { if: { any: [{ a: 1 }] }, serve: 'on' },
    { name: 'x', if: { country: { in: ['DE'] } }, serve: { on: 50, off: 50 } },
    { if: { a: { is: 1 } }, ramp: { begin: '2026-09-01', end: '2026-09-02' } },
  ]
  const doc: Document = { kind: 'release', environments: { production: { on: true, rules } } }
  expect(rulesOf(doc.environments!.production).map(written)).toEqual(rules)
  expect(withState(doc, 'staging', { on: true }).environments).toEqual({ production: { on: true, rules }, staging: { on: true } })
})
