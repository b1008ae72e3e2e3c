import { expect, it } from 'vitest'
import { signed } from './signed'

it('differences carry their sign', () => {
  expect([signed(0.0321), signed(-0.01), signed(0), signed(1)]).toEqual(['+3.21 %', '−1 %', '±0 %', '+100 %'])
})
