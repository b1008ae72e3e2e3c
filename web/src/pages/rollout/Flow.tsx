import type { Rollout } from '../../api/types'
import { digits, millis, percent } from '../../format/number'
import type { Moment } from './usePicture'
import css from './rollout.module.css'

const thick = 58 // of a pipe that carries everything
const seconds = 5 // that rates are taken over

interface Lately {
  rate: number // requests a second
  errors: number // share of requests
  p99: number // ms
}

/** What a version did in the last moments of a picture. */
function lately(moments: Moment[], step: number, side: 'new' | 'old'): Lately {
  const last = moments.slice(-Math.max(1, Math.round(seconds / step)))
  const requests = last.reduce((n, m) => n + m[side].requests, 0)
  const errors = last.reduce((n, m) => n + m[side].errors, 0)
  const newest = [...last].reverse().find((m) => m[side].requests > 0)
  return { rate: last.length ? requests / (last.length * step) : 0, errors: requests ? errors / requests : 0, p99: newest?.[side].p99_ms ?? 0 }
}

/** The traffic as it flows from users to the old and the new version, as wide as there is of it. */
export function Flow({ rollout: r, moments, step }: { rollout: Rollout; moments: Moment[]; step: number }) {
  const fresh = lately(moments, step, 'new')
  const old = lately(moments, step, 'old')
  const share = r.percent / 100
  const promoted = r.phase === 'done' || r.phase === 'settling'
  const words = `${digits(r.percent)} % of the traffic goes to ${r.release}, the new version${r.from ? `; ${digits(100 - r.percent)} % to ${r.from}, the old one` : ''}.`
  return (
    <svg viewBox="0 0 640 250" className={`${css.flow} ${r.final ? css.still : ''}`} role="img" aria-label={words}>
      <Pipe d="M112 125 C 250 125, 250 66, 392 66" share={share} token="--new" />
      <Pipe d="M112 125 C 250 125, 250 186, 392 186" share={r.from ? 1 - share : 0} token="--old" />
      <g>
        <rect x="14" y="92" width="98" height="66" rx="12" className={css.flowBox} />
        <text x="63" y="121" textAnchor="middle" fontWeight="600">
          Users
        </text>
        <text x="63" y="140" textAnchor="middle" className={css.flowSmall}>
          {r.final ? 'at the end' : `${digits(fresh.rate + old.rate)} req/s`}
        </text>
      </g>
      <Version over={r.final} y={26} token="--new" name={r.release} role={promoted ? 'new · stable now' : 'new'} share={share} lately={fresh} />
      {r.from && <Version over={r.final} y={146} token="--old" name={r.from} role="old" share={1 - share} lately={old} />}
    </svg>
  )
}

function Pipe({ d, share, token }: { d: string; share: number; token: string }) {
  if (share <= 0) return <path d={d} fill="none" stroke={`var(${token})`} strokeWidth="1.5" strokeDasharray="2 6" opacity="0.5" />
  const width = Math.max(3, share * thick)
  return (
    <>
      <path d={d} className={css.flowPipe} stroke={`var(${token})`} strokeWidth={width} />
      <path d={d} className={css.flowStream} stroke={`var(${token})`} strokeWidth={Math.min(7, Math.max(3, width / 4))} />
    </>
  )
}

function Version({ over, y, token, name, role, share, lately: l }: { over: boolean; y: number; token: string; name: string; role: string; share: number; lately: Lately }) {
  const short = name.length > 22 ? name.slice(0, 21) + '…' : name
  return (
    <g>
      <rect x="392" y={y} width="238" height="80" rx="12" className={css.flowBox} />
      <rect x="392" y={y + 12} width="4" height="56" rx="2" fill={`var(${token})`} />
      <text x="408" y={y + 32} className={css.flowBig}>
        {digits(share * 100)} %
      </text>
      <text x="618" y={y + 30} textAnchor="end" className={css.flowSmall}>
        {role}
      </text>
      <text x="408" y={y + 51} fontWeight="500">
        {short}
        <title>{name}</title>
      </text>
      <text x="408" y={y + 69} className={css.flowSmall}>
        {l.rate > 0 ? `${digits(l.rate)} req/s · ${percent(l.errors)} errors · p99 ${millis(l.p99)}` : over ? '' : 'no traffic now'}
      </text>
    </g>
  )
}
