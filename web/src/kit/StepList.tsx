import type { ReactNode } from 'preact/compat'
import { Icon } from './Icon'
import css from './StepList.module.css'

export interface StepLine {
  name: string
  state: 'done' | 'now' | 'to come' | 'back'
  clock: ReactNode
}

const classes = { done: css.done, now: css.now, 'to come': css.toCome, back: css.back }
const icons = { done: 'check', now: 'play', 'to come': 'dot', back: 'back' } as const
const words = { done: 'done', now: 'now', 'to come': 'to come', back: 'went back from here' }

/** Steps done and to come, each with its clock. */
export function StepList({ steps, label }: { steps: StepLine[]; label: string }) {
  return (
    <ol className={css.steps} aria-label={label}>
      {steps.map((s, i) => (
        <li key={i} className={`${css.step} ${classes[s.state]}`} aria-current={s.state === 'now' ? 'step' : undefined}>
          <span className={css.mark}>
            <Icon name={icons[s.state]} size={12} />
          </span>
          <span className={css.name}>
            {s.name}
            <span className="hidden-from-eyes">, {words[s.state]}</span>
          </span>
          <span className={css.clock}>{s.clock}</span>
        </li>
      ))}
    </ol>
  )
}
