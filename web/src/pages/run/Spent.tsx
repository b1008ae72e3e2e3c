import type { Run } from '../../api/types'
import { duration } from '../../format/time'
import { useNow } from '../../kit/useNow'
import { lookOf } from '../../kit/states'
import css from './run.module.css'

interface Piece {
  name: string
  from: number
  to: number
  tone: string
}

/** Where the time went, from the push on: waiting, each stage, packing, each environment. */
export function Spent({ run: r }: { run: Run }) {
  const now = useNow()
  const begin = time(r.created) ?? 0
  const end = time(r.ended) ?? now
  const pieces = piecesOf(r, begin, end)
  const whole = Math.max(1, end - begin)
  return (
    <div className={css.spans} role="list" aria-label="Where the time went">
      {pieces.map((p) => (
        <div key={p.name} role="listitem" style={{ display: 'contents' }}>
          <span className={css.spanName} title={p.name}>
            {p.name}
          </span>
          <span className={css.spanTrack} aria-hidden="true">
            <span className={`${css.spanBar} ${css[p.tone] ?? ''}`} style={{ left: `${(100 * (p.from - begin)) / whole}%`, width: `${(100 * (p.to - p.from)) / whole}%` }} />
          </span>
          <span className={css.spanTime}>{duration((p.to - p.from) / 1000)}</span>
        </div>
      ))}
    </div>
  )
}

function piecesOf(r: Run, begin: number, end: number): Piece[] {
  const pieces: Piece[] = []
  const add = (name: string, from: number | undefined, to: number | undefined, tone: string) => {
    if (from !== undefined && to !== undefined && to - from >= 1) pieces.push({ name, from, to, tone })
  }
  const starts = r.stages.flatMap((s) => time(s.started) ?? [])
  const ends = r.stages.flatMap((s) => time(s.ended) ?? [])
  add('its turn', begin, starts.length ? Math.min(...starts) : r.final ? undefined : end, 'idle')
  for (const s of r.stages) add(s.name, time(s.started), time(s.ended) ?? (s.started ? end : undefined), lookOf(s.phase).tone)
  const deployed = r.deployments.flatMap((d) => time(d.started) ?? [])
  if (r.release && ends.length > 0) add('packing', Math.max(...ends), deployed.length ? Math.min(...deployed) : r.phase === 'packaging' ? end : undefined, 'idle')
  for (const d of r.deployments) add(d.environment, time(d.started), time(d.ended) ?? (d.started ? end : undefined), lookOf(d.phase).tone)
  return pieces
}

function time(at?: string): number | undefined {
  return at ? new Date(at).getTime() : undefined
}
