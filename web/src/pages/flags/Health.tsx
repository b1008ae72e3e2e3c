import { Ago } from '../../kit/Ago'
import { State } from '../../kit/State'
import type { Flag } from './FlagRow'
import css from './flags.module.css'

/** How a flag does: overdue, stale, or away from its file; nothing where all is well. */
export function Health({ flag: f }: { flag: Flag }) {
  return (
    <>
      <State of={f.phase === 'launched' ? 'passed' : f.phase === 'inactive' ? 'skipped' : 'pending'} text={f.phase} />
      {f.overdue && <State of="degraded" text="overdue" />}
      {f.stale && f.stale.length > 0 && !f.overdue && <State of="degraded" text="should go" />}
      {f.drift && f.drift.length > 0 && <State of="degraded" text="differs from its file" />}
      {f.expires && !f.overdue && (
        <span className={css.quiet}>
          due <Ago at={f.expires} />
        </span>
      )}
    </>
  )
}
