import type { Event } from '../api/types'
import { clock, inFull, timeZone } from '../format/time'
import { Empty } from './Empty'
import css from './Timeline.module.css'

/** What happened, line by line, as the journal has it. */
export function Timeline({ events, label }: { events: Event[]; label: string }) {
  if (events.length === 0) return <Empty small>Nothing has happened yet.</Empty>
  return (
    <>
      <ol className={css.list} aria-label={label}>
        {events.map((e) => (
          <li key={e.seq}>
            <time dateTime={e.at} title={inFull(e.at)}>
              {clock(e.at)}
            </time>
            <div className={css.text}>
              <bdi>{e.text}</bdi>
              {e.actor !== 'davit' && <span className={css.who}> · {e.actor}</span>}
            </div>
          </li>
        ))}
      </ol>
      <div className={css.zone}>Times in {timeZone}</div>
    </>
  )
}
