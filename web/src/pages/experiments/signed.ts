import { digits } from '../../format/number'

/** A share of one as a difference in percent, with its sign: "+3.2 %", "−1 %". */
export function signed(share: number): string {
  const text = digits(Math.abs(share) * 100)
  return `${text === '0' ? '±' : share > 0 ? '+' : '−'}${text} %`
}
