import { describe, expect, it } from 'vitest'
import { bytes, digits, millis, percent } from './number'
import { duration, relative } from './time'

describe('numbers', () => {
  it.each([
    [0, '0'],
    [0.004567, '0.00457'],
    [1, '1'],
    [12.34, '12.3'],
    [99.96, '100'],
    [1234, '1234'],
    [100, '100'],
    [NaN, '–'],
    [Infinity, '–'],
  ])('%d', (n, want) => expect(digits(n)).toBe(want))

  it('carry their units', () => {
    expect([millis(0.42), millis(12.34), millis(1240), percent(0.0641), bytes(8_677_639)]).toEqual(['420 µs', '12.3 ms', '1.24 s', '6.41 %', '8.68 MB'])
  })
})

describe('durations', () => {
  it.each([
    [-3, '0 ms'],
    [0.25, '250 ms'],
    [8, '8 s'],
    [3.14, '3.1 s'],
    [61, '1 min 1 s'],
    [120, '2 min'],
    [3600, '1 h'],
    [7380, '2 h 3 min'],
    [90_000, '1 d 1 h'],
  ])('%d s', (s, want) => expect(duration(s)).toBe(want))
})

describe('relative', () => {
  const now = Date.UTC(2026, 0, 1)
  it.each([
    [0, 'just now'],
    [-5000, '5 s ago'],
    [-180_000, '3 min ago'],
    [7_200_000, 'in 2 h'],
  ])('%d ms', (off, want) => expect(relative(now + off, now)).toBe(want))
})
