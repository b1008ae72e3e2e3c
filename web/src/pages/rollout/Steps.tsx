import type { Event, Rollout } from '../../api/types'
import { duration } from '../../format/time'
import { Icon } from '../../kit/Icon'
import { Took } from '../../kit/Took'
import { stepClocks, type StepClock } from './stepClocks'
import css from './rollout.module.css'

const classes = { done: css.stepDone, now: css.stepNow, 'to come': css.stepToCome, back: css.stepBack }
const icons = { done: 'check', now: 'play', 'to come': 'dot', back: 'back' } as const
const words = { done: 'done', now: 'now', 'to come': 'to come', back: 'went back from here' }

/** The steps done and to come, each with its clock. */
export function Steps({ rollout: r, events }: { rollout: Rollout; events: Event[] }) {
  const clocks = stepClocks(r, events)
  return (
    <ol className={css.steps}>
      {r.steps.map((s, i) => {
        const clock = clocks[i] ?? { state: 'to come' as const }
        return (
          <li key={i} className={`${css.step} ${classes[clock.state]}`} aria-current={clock.state === 'now' ? 'step' : undefined}>
            <span className={css.stepMark}>
              <Icon name={icons[clock.state]} size={12} />
            </span>
            <span className={css.stepName}>
              {s.name}
              <span className="hidden-from-eyes">, {words[clock.state]}</span>
            </span>
            <span className={css.stepClock}>
              <Clock clock={clock} hold={s.hold_seconds ?? 0} judge={s.judge} approve={s.approve} />
            </span>
          </li>
        )
      })}
    </ol>
  )
}

function Clock({ clock, hold, judge, approve }: { clock: StepClock; hold: number; judge?: string; approve?: boolean }) {
  if (clock.state === 'to come') return <>{[approve && 'waits for a person', judge === 'pass' && 'judged', hold > 0 && `at least ${duration(hold)}`].filter(Boolean).join(', ')}</>
  return (
    <>
      <Took from={clock.from} to={clock.to} />
      {clock.state === 'now' && hold > 0 && <> of at least {duration(hold)}</>}
    </>
  )
}
