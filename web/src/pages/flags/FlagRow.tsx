import type { Answer } from '../../api/client'
import { Anchor } from '../../kit/Anchor'
import { State } from '../../kit/State'
import { flagAddress } from './address'
import { Health } from './Health'
import css from './flags.module.css'

export type Flag = Answer<'/flags'>['items'][number]

/** One flag of a list: what it is for, whose it is, what it does where, and how it does. */
export function FlagRow({ flag: f }: { flag: Flag }) {
  return (
    <li className={css.row}>
      <div className={css.what}>
        <div className={css.name}>
          <Anchor strong to={flagAddress(f.project, f.key)}>
            <bdi>{f.key}</bdi>
          </Anchor>
          <Health flag={f} />
        </div>
        <div className={css.quiet}>
          <bdi>{f.purpose}</bdi>
        </div>
        <div className={css.quiet}>
          {f.project} · {f.kind} · <bdi>{f.owner}</bdi>
        </div>
      </div>
      <ul className={css.lanes} aria-label={`What ${f.key} does`}>
        {f.environments.slice(0, 4).map((e) => (
          <li key={e.name}>
            <span className={css.lane}>{e.name}</span> <State of={e.on ? 'passed' : 'skipped'} text={e.on ? e.does : 'off'} />
          </li>
        ))}
        {f.environments.length > 4 && <li className={css.quiet}>and {f.environments.length - 4} more</li>}
      </ul>
    </li>
  )
}
