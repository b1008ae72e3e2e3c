import type { Rollout, Run } from '../../api/types'
import { Empty } from '../../kit/Empty'
import { MovingRollout } from './MovingRollout'
import { MovingRun } from './MovingRun'
import css from './home.module.css'

/** What is on its way now. A run whose release is being rolled out is told by its rollout. */
export function Moving({ rollouts, runs }: { rollouts: Rollout[]; runs: Run[] }) {
  const told = new Set(rollouts.map((r) => r.run))
  const others = runs.filter((r) => !told.has(r.id))
  if (rollouts.length + others.length === 0) {
    return (
      <section className={css.card} aria-label="Moving now">
        <Empty small>Nothing is on its way. The next push appears here within a second.</Empty>
      </section>
    )
  }
  return (
    <section className={css.moving} aria-label="Moving now">
      {rollouts.slice(0, 30).map((r) => (
        <MovingRollout key={r.id} rollout={r} />
      ))}
      {others.slice(0, 30).map((r) => (
        <MovingRun key={r.id} run={r} />
      ))}
    </section>
  )
}
