import { useDeferredValue, useEffect, useState } from 'preact/compat'
import { useSearchParams } from 'wouter-preact'
import { useList } from '../../api/query'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Failure } from '../../kit/Failure'
import { Loading } from '../../kit/Loading'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { ServiceTable } from './ServiceTable'
import css from './services.module.css'

/** All services, page by page; the server finds and pages. What is looked for stands in the address. */
export default function ServicesPage() {
  const [query, setQuery] = useSearchParams()
  const [text, setText] = useState(query.get('q') ?? '')
  const q = useDeferredValue(text.trim())
  const sort = query.get('sort') ?? 'name'
  const list = useList('/services', { limit: 50, q: q || undefined, sort: sort === 'newest' ? undefined : 'name' })
  useEffect(() => {
    if ((query.get('q') ?? '') === q) return
    setQuery(
      (before) => {
        const next = new URLSearchParams(before)
        if (q) next.set('q', q)
        else next.delete('q')
        return next
      },
      { replace: true },
    )
  }, [q, query, setQuery])
  const services = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <Page>
      <PageHead title="Services" sub="Their environments side by side, in the order a release passes them." />
      <Panel
        title={q ? 'Found' : 'All services'}
        flush
        aside={
          <div className={css.filters}>
            <input className={css.filter} type="search" aria-label="Find a service by its name" placeholder="Part of a name" maxLength={63} value={text} onChange={(e) => setText(e.currentTarget.value)} />
            <select className={css.filter} aria-label="Order" value={sort} onChange={(e) => setQuery({ ...(q ? { q } : {}), ...(e.currentTarget.value === 'newest' ? { sort: 'newest' } : {}) }, { replace: true })}>
              <option value="name">By name</option>
              <option value="newest">Newest first</option>
            </select>
          </div>
        }
      >
        {list.data ? (
          services.length > 0 ? (
            <ServiceTable services={services} />
          ) : q ? (
            <Empty title="No service is called that">Names hold small letters, digits and hyphens.</Empty>
          ) : (
            <Empty title="No services yet">
              In a git repository: <code>davit init</code>, then <code>davit ship</code>.
            </Empty>
          )
        ) : list.error ? (
          <Failure error={list.error} what="the services" again={() => void list.refetch()} />
        ) : (
          <Loading what="services" lines={8} />
        )}
      </Panel>
      {list.hasNextPage && (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  )
}
