import type { Event } from '../../api/types'

/** The share of a ramp over time, as steps: what the journal says of it, and what it is now. */
export function shares(ramp: { id: string; share: number; ended?: string }, events: Event[], now: number): { xs: number[]; values: number[] } {
  const told = events
    .filter((e) => e.data?.ramp === ramp.id && e.data.share !== undefined)
    .sort((a, b) => a.seq - b.seq)
    .map((e) => ({ at: new Date(e.at).getTime() / 1000, share: Number.parseFloat(e.data?.share ?? '') }))
    .filter((e) => Number.isFinite(e.share))
  const end = ramp.ended ? new Date(ramp.ended).getTime() / 1000 : now / 1000
  const xs: number[] = []
  const values: number[] = []
  const put = (at: number, share: number) => {
    const before = xs.at(-1)
    xs.push(before !== undefined && at <= before ? before + 0.001 : at)
    values.push(share)
  }
  for (const [i, e] of told.entries()) {
    const before = told[i - 1]
    if (before && before.share !== e.share) put(e.at, before.share)
    put(e.at, e.share)
  }
  if (told.length > 0) put(Math.max(end, told.at(-1)?.at ?? end), ramp.share)
  return { xs, values }
}
