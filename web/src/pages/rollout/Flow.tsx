import type { Rollout } from '../../api/types'
import { digits, millis, percent } from '../../format/number'
import type { Moment } from '../../picture/usePicture'
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
  const rate = r.final ? 'at the end' : `${digits(fresh.rate + old.rate)} req/s`
  const promoted = (r.phase === 'done' || r.phase === 'settling') && r.percent > 0
  const words = `${digits(r.percent)} % of the traffic goes to ${r.release}, the new version${r.from ? `; ${digits(100 - r.percent)} % to ${r.from}, the old one` : ''}.`
  return (
    <>
      <svg viewBox="0 0 340 320" className={`${css.flow} ${css.tall} ${r.final ? css.still : ''}`} role="img" aria-label={words}>
        <Pipe d="M170 66 C 170 120, 84 110, 84 176" share={share} token="--new" />
        <Pipe d="M170 66 C 170 120, 256 110, 256 176" share={r.from ? 1 - share : 0} token="--old" />
        <Users x={121} y={6} text={rate} />
        <Version narrow over={r.final} x={6} y={176} token="--new" name={r.release} role={promoted ? 'new · stable now' : 'new'} share={share} lately={fresh} />
        {r.from && <Version narrow over={r.final} x={178} y={176} token="--old" name={r.from} role="old" share={1 - share} lately={old} />}
      </svg>
      <svg viewBox="0 0 640 250" className={`${css.flow} ${css.wide} ${r.final ? css.still : ''}`} role="img" aria-label={words}>
      <Pipe d="M112 125 C 250 125, 250 66, 392 66" share={share} token="--new" />
      <Pipe d="M112 125 C 250 125, 250 186, 392 186" share={r.from ? 1 - share : 0} token="--old" />
      <Users x={14} y={92} text={rate} />
      <Version over={r.final} x={392} y={26} token="--new" name={r.release} role={promoted ? 'new · stable now' : 'new'} share={share} lately={fresh} />
      {r.from && <Version over={r.final} x={392} y={146} token="--old" name={r.from} role="old" share={1 - share} lately={old} />}
      </svg>
    </>
  )
}

function Users({ x, y, text }: { x: number; y: number; text: string }) {
  return (
    <g>
      <rect x={x} y={y} width="98" height="66" rx="12" className={css.flowBox} />
      <text x={x + 49} y={y + 29} textAnchor="middle" fontWeight="600">
        Users
      </text>
      <text x={x + 49} y={y + 48} textAnchor="middle" className={css.flowSmall}>
        {text}
      </text>
    </g>
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

interface VersionProps {
  narrow?: boolean
  over: boolean
  x: number
  y: number
  token: string
  name: string
  role: string
  share: number
  lately: Lately
}

function Version({ narrow, over, x, y, token, name, role, share, lately: l }: VersionProps) {
  const most = narrow ? 19 : 26
  const short = name.length > most ? name.slice(0, most - 1) + '…' : name
  const facts = l.rate > 0 ? [`${digits(l.rate)} req/s`, `${percent(l.errors)} errors`, `p99 ${millis(l.p99)}`] : over ? [] : ['no traffic now']
  const lines = narrow ? facts : facts.length > 0 ? [facts.join(' · ')] : []
  return (
    <g>
      <rect x={x} y={y} width={narrow ? 156 : 238} height={narrow ? 138 : 80} rx="12" className={css.flowBox} />
      <rect x={x} y={y + 12} width="4" height={narrow ? 114 : 56} rx="2" fill={`var(${token})`} />
      <text x={x + 16} y={y + 32} className={css.flowBig}>
        {digits(share * 100)} %
      </text>
      <text x={narrow ? x + 16 : x + 226} y={narrow ? y + 52 : y + 30} textAnchor={narrow ? 'start' : 'end'} className={css.flowSmall}>
        {role}
      </text>
      <text x={x + 16} y={narrow ? y + 72 : y + 51} fontWeight="500">
        {short}
        <title>{name}</title>
      </text>
      {lines.map((line, i) => (
        <text key={line} x={x + 16} y={y + (narrow ? 91 : 69) + i * 17} className={css.flowSmall}>
          {line}
        </text>
      ))}
    </g>
  )
}
