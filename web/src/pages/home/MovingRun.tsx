import { Link } from 'wouter-preact'
import type { Run } from '../../api/types'
import { Commit } from '../../kit/Code'
import { State } from '../../kit/State'
import { Took } from '../../kit/Took'
import css from './home.module.css'

/** A run under way: its commit and where its stages stand. */
export function MovingRun({ run: r }: { run: Run }) {
  return (
    <Link href={`/runs/${r.id}`} className={css.card}>
      <div className={css.cardHead}>
        <span className={css.cardTitle}>{r.service}</span>
        <State of={r.phase} />
      </div>
      <div>
        <bdi>{r.subject}</bdi>
      </div>
      <div className={css.stages}>
        {r.stages.map((s) => (
          <State key={s.name} of={s.phase} text={s.name} />
        ))}
      </div>
      <div className={css.small}>
        <Commit of={r.commit} plain /> by <bdi>{r.author}</bdi> · <Took from={r.created} to={r.ended} />
      </div>
    </Link>
  )
}
