import { expect, it } from 'vitest'
import { bodyOf, emptyDraft, emptyMetric, environmentOf, flagOf, numberOf } from './draft'

const sent = (...of: Parameters<typeof bodyOf>) => JSON.parse(JSON.stringify(bodyOf(...of))) as unknown

it('what is not said is not sent', () => {
  const draft = { ...emptyDraft('shop/ranking'), name: ' better ', hypothesis: 'They buy more. ', metrics: [{ ...emptyMetric(0), name: ' order' }] }
  expect(sent(draft, 'production')).toEqual({ name: 'better', environment: 'production', flag: 'ranking', hypothesis: 'They buy more.', metrics: [{ name: 'order', kind: 'conversion' }] })
})

it('all that is said is sent, percentages as shares', () => {
  const draft = {
    ...emptyDraft('shop/a/b'),
    name: 'better',
    control: 'old',
    owner: 'search',
    hypothesis: 'They buy more.',
    alpha: '1',
    users: '500',
    metrics: [
      { ...emptyMetric(0), name: 'revenue', event: 'order', kind: 'mean' as const, effect: '2,5 %', cap: '1000' },
      { ...emptyMetric(1), name: 'errors', kind: 'ratio' as const, per: 'requests', guard: true, down: true, margin: '5' },
    ],
  }
  expect(sent(draft, 'staging')).toEqual({
    name: 'better',
    environment: 'staging',
    flag: 'a/b',
    control: 'old',
    owner: 'search',
    hypothesis: 'They buy more.',
    alpha: 0.01,
    users: 500,
    metrics: [
      { name: 'revenue', event: 'order', kind: 'mean', effect: 0.025, cap: 1000 },
      { name: 'errors', kind: 'ratio', per: 'requests', guard: true, down: true, margin: 0.05 },
    ],
  })
})

it('what was typed for another kind or role stays in the draft, and is not sent', () => {
  const metric = { ...emptyMetric(0), name: 'order', per: 'visit', margin: '5', effect: '1' }
  expect(bodyOf({ ...emptyDraft('shop/x'), metrics: [metric] }, '').metrics?.[0]).toMatchObject({ per: undefined, margin: undefined, effect: 0.01 })
  expect(bodyOf({ ...emptyDraft('shop/x'), metrics: [{ ...metric, guard: true }] }, '').metrics?.[0]).toMatchObject({ margin: 0.05, effect: undefined })
})

it('what is no number is not taken for one', () => {
  expect([numberOf(''), numberOf(' 3 '), numberOf('0,5'), numberOf('0')]).toEqual([undefined, 3, 0.5, 0])
  expect(sent({ ...emptyDraft('shop/x'), users: 'many', alpha: 'small' }, '')).toMatchObject({ users: 'many', alpha: 'small' })
})

it('a flag is named with its project', () => {
  expect([flagOf('shop/a/b'), flagOf(' lone ')]).toEqual([
    { project: 'shop', key: 'a/b' },
    { project: 'default', key: 'lone' },
  ])
})

it('the environment is one that the flag has', () => {
  expect([environmentOf(['a', 'production'], ''), environmentOf(['a', 'production'], 'a'), environmentOf(['a', 'b'], 'production'), environmentOf([], 'a')]).toEqual(['production', 'a', 'a', ''])
})
