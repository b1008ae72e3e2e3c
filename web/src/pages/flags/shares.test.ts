import { expect, it } from 'vitest'
import type { Event } from '../../api/types'
import { shares } from './shares'

const at = (second: number) => new Date(second * 1000).toISOString()
const event = (seq: number, second: number, share: string, ramp = 'r1') => ({ seq, at: at(second), kind: 'ramp.exposed', actor: 'davit', text: '', data: { ramp, share } }) as unknown as Event

it('the share of a ramp goes in steps', () => {
  const { xs, values } = shares({ id: 'r1', share: 5 }, [event(3, 60, '5 %'), event(1, 10, '1 %'), event(2, 30, '1 %'), event(4, 61, '9 %', 'another')], 100_000)
  expect(values).toEqual([1, 1, 1, 5, 5])
  expect(xs.map(Math.round)).toEqual([10, 30, 60, 60, 100])
  for (const [i, x] of xs.entries()) expect(i === 0 || x > xs[i - 1]!).toBe(true)
})

it('a ramp that nothing is told of has no picture', () => expect(shares({ id: 'r1', share: 5 }, [], 1).xs).toEqual([]))
