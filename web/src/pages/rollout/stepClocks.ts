import type { Event, Rollout } from '../../api/types'

export interface StepClock {
  state: 'done' | 'now' | 'to come' | 'back'
  from?: string // when the step's weight was asked for
  to?: string // when it was left
}

/** When each step began and ended, by what the journal says of the rollout. */
export function stepClocks(r: Rollout, events: Event[]): StepClock[] {
  const began = new Map<number, string>()
  let over: string | undefined
  for (const e of [...events].sort((a, b) => a.seq - b.seq)) {
    const step = e.data?.step
    if (e.kind === 'rollout.shifting' && step !== undefined && !began.has(Number(step))) began.set(Number(step), e.at)
    if (/^rollout\.(promoted|rolling-back|cancelled|superseded|refused)$/.test(e.kind)) over ??= e.at
  }
  const promoted = /^(promoting|settling|done)$/.test(r.phase) || events.some((e) => e.kind === 'rollout.promoted')
  return r.steps.map((_, i) => {
    const from = began.get(i)
    const next = began.get(i + 1) ?? (began.has(i) ? over : undefined)
    if (promoted || i < r.step) return { state: 'done', from, to: next }
    if (i > r.step || (!from && r.percent === 0)) return { state: 'to come' }
    if (over || r.final) return { state: 'back', from, to: over ?? r.ended }
    return { state: 'now', from }
  })
}
