import { useSearchParams } from 'wouter-preact'
import { useList } from '../../api/query'
import type { Event } from '../../api/types'
import { timeZone } from '../../format/time'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Failure } from '../../kit/Failure'
import { Loading } from '../../kit/Loading'
import { Panel } from '../../kit/Panel'
import { serverNow } from '../../session/session'
import { FilterBar } from './FilterBar'
import { beginning, filterNames, filtersOf, type Filters } from './filters'
import { Line } from './Line'
import css from './audit.module.css'

/** The lines of the journal, newest first, day by day. */
export function Journal() {
  const [search, setSearch] = useSearchParams()
  const filters = filtersOf(search)
  const { since, ...rest } = filters
  const list = useList('/timeline', { ...rest, since: beginning(since, serverNow()), limit: 50 })
  const events = list.data?.pages.flatMap((p) => p.items) ?? []
  const change = (next: Filters) => {
    const params = new URLSearchParams()
    for (const name of filterNames) if (next[name]) params.set(name, next[name])
    setSearch(params, { replace: true })
  }
  return (
    <Panel title="Journal" aside={<span>newest first, times in {timeZone}</span>} flush>
      <FilterBar filters={filters} kinds={[...new Set(events.map((e) => e.kind))].sort()} onChange={change} />
      {list.data ? (
        events.length > 0 ? (
          <Days events={events} onKind={(kind) => change({ ...filters, kind })} />
        ) : (
          <Empty title="No line is like that">
            {Object.keys(filters).length > 0 ? 'Names must be whole: shop, not sho. Take a filter away, or look further back.' : 'The first push writes the first lines.'}
          </Empty>
        )
      ) : list.error ? (
        <Failure error={list.error} what="the journal" again={() => void list.refetch()} />
      ) : (
        <Loading what="the journal" lines={10} />
      )}
      {list.hasNextPage && (
        <div className={css.more}>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show older lines
          </Button>
        </div>
      )}
    </Panel>
  )
}

const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })

function Days({ events, onKind }: { events: Event[]; onKind: (kind: string) => void }) {
  const days: { day: string; events: Event[] }[] = []
  for (const e of events) {
    const day = dayFormat.format(new Date(e.at))
    const last = days.at(-1)
    if (last?.day === day) last.events.push(e)
    else days.push({ day, events: [e] })
  }
  return days.map(({ day, events: ofDay }) => (
    <section key={day} aria-label={day}>
      <h3 className={css.day}>{day}</h3>
      <ol className={css.lines} aria-label={`Lines of ${day}`}>
        {ofDay.map((e) => (
          <Line key={e.seq} event={e} onKind={onKind} />
        ))}
      </ol>
    </section>
  ))
}
