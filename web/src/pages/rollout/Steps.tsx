import type { Event, Rollout } from '../../api/types'
import { duration } from '../../format/time'
import { StepList } from '../../kit/StepList'
import { Took } from '../../kit/Took'
import { stepClocks, type StepClock } from './stepClocks'

/** The steps done and to come, each with its clock. */
export function Steps({ rollout: r, events }: { rollout: Rollout; events: Event[] }) {
  const clocks = stepClocks(r, events)
  const lines = r.steps.map((s, i) => {
    const clock = clocks[i] ?? { state: 'to come' as const }
    return { name: s.name, state: clock.state, clock: <Clock clock={clock} hold={s.hold_seconds ?? 0} judge={s.judge} approve={s.approve} /> }
  })
  return <StepList steps={lines} label="Steps" />
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
