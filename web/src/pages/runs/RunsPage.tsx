import { useDeferredValue } from 'preact/compat'
import { useSearchParams } from 'wouter-preact'
import { useList } from '../../api/query'
import type { Run } from '../../api/types'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Commit } from '../../kit/Code'
import { Empty } from '../../kit/Empty'
import { byAge, Filters, type Filter } from '../../kit/Filters'
import { Listed } from '../../kit/Listed'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { Table, type Column } from '../../kit/Table'
import { Took } from '../../kit/Took'

const filters: Filter[] = [
  { of: 'service', label: 'Service, by its whole name' },
  {
    of: 'phase',
    label: 'State',
    choices: [
      { value: '', text: 'In any state' },
      { value: 'active', text: 'Under way' },
      { value: 'succeeded', text: 'Succeeded' },
      { value: 'failed', text: 'Failed' },
      { value: 'cancelled', text: 'Cancelled' },
      { value: 'superseded', text: 'Superseded' },
    ],
  },
  byAge,
]

const columns: Column<Run>[] = [
  {
    name: 'Commit',
    cell: (r) => (
      <>
        <Anchor strong to={`/runs/${r.id}`}>
          <bdi>{r.subject || r.id}</bdi>
        </Anchor>
        <div>
          <Commit of={r.commit} /> by <bdi>{r.author}</bdi>
        </div>
      </>
    ),
  },
  { name: 'Service', cell: (r) => <Anchor to={`/services/${r.service}`}>{r.service}</Anchor> },
  { name: 'State', cell: (r) => <State of={r.phase} /> },
  { name: 'Release', cell: (r) => (r.release ? <Anchor to={`/releases/${r.release}`}>{r.release}</Anchor> : '–') },
  { name: 'Took', number: true, cell: (r) => <Took from={r.created} to={r.ended} /> },
  { name: 'Pushed', number: true, cell: (r) => <Ago at={r.created} /> },
]

/** All runs; the server pages, sorts and filters. */
export default function RunsPage() {
  const [query] = useSearchParams()
  const asked = useDeferredValue(query.toString())
  const of = new URLSearchParams(asked)
  const list = useList('/runs', { limit: 50, service: of.get('service') || undefined, phase: of.get('phase') || undefined, sort: of.get('sort') === 'oldest' ? 'oldest' : undefined })
  return (
    <Page>
      <PageHead title="Runs" sub="Each commit that was pushed, and what became of it." />
      <Panel title={asked ? 'Found' : 'All runs'} flush aside={<Filters filters={filters} />}>
        <Listed
          list={list}
          what="the runs"
          empty={asked ? <Empty title="No run is like that">Ask for another state, or another service.</Empty> : <Empty title="No runs yet">A push to a repository of this server starts one.</Empty>}
        >
          {(runs) => <Table caption="Runs" rows={runs} rowKey={(r) => r.id} columns={columns} />}
        </Listed>
      </Panel>
    </Page>
  )
}
