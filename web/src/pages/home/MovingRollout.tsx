import { Link } from 'wouter-preact'
import type { Rollout } from '../../api/types'
import { State } from '../../kit/State'
import { Took } from '../../kit/Took'
import { Weight } from '../../kit/Weight'
import css from './home.module.css'

/** A rollout under way: who gets how much, and what it waits for. */
export function MovingRollout({ rollout: r }: { rollout: Rollout }) {
  return (
    <Link href={`/rollouts/${r.id}`} className={css.card}>
      <div className={css.cardHead}>
        <span className={css.cardTitle}>
          {r.service} → {r.environment}
        </span>
        <State of={r.phase} />
      </div>
      <Weight percent={r.percent} fresh={r.release} old={r.from} />
      <div className={css.small}>
        {r.steps[r.step]?.name && <>Step {r.step + 1} of {r.steps.length} · </>}
        <Took from={r.created} to={r.ended} />
        {r.waiting && <> · waits for {r.waiting.for}</>}
      </div>
    </Link>
  )
}
