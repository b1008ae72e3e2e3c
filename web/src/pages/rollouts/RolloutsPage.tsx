import { useDeferredValue } from 'preact/compat'
import { useSearchParams } from 'wouter-preact'
import { useList } from '../../api/query'
import type { Rollout } from '../../api/types'
import { digits } from '../../format/number'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
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
  { of: 'environment', label: 'Environment' },
  {
    of: 'phase',
    label: 'State',
    choices: [
      { value: '', text: 'In any state' },
      { value: 'active', text: 'Under way' },
      { value: 'held', text: 'Held' },
      { value: 'done,settling', text: 'Done' },
      { value: 'rolled-back,rolling-back,stranded', text: 'Taken back' },
      { value: 'superseded,cancelled', text: 'Superseded or cancelled' },
    ],
  },
  byAge,
]

const columns: Column<Rollout>[] = [
  {
    name: 'Rollout',
    cell: (r) => (
      <>
        <Anchor strong to={`/rollouts/${r.id}`}>
          {r.release} → {r.environment}
        </Anchor>
        <div>
          {r.from ? `in place of ${r.from}, ` : ''}
          {r.strategy}
        </div>
      </>
    ),
  },
  { name: 'Service', cell: (r) => <Anchor to={`/services/${r.service}`}>{r.service}</Anchor> },
  { name: 'State', cell: (r) => <State of={r.phase} /> },
  { name: 'Traffic', number: true, cell: (r) => `${digits(r.percent)} %` },
  { name: 'Why', wide: true, cell: (r) => r.reason && <bdi>{r.reason.split('\n', 1)[0]}</bdi> },
  { name: 'Took', number: true, cell: (r) => <Took from={r.created} to={r.ended} /> },
  { name: 'Began', number: true, cell: (r) => <Ago at={r.created} /> },
]

/** All rollouts; the server pages, sorts and filters. */
export default function RolloutsPage() {
  const [query] = useSearchParams()
  const asked = useDeferredValue(query.toString())
  const of = new URLSearchParams(asked)
  const list = useList('/rollouts', {
    limit: 50,
    service: of.get('service') || undefined,
    environment: of.get('environment') || undefined,
    phase: of.get('phase') || undefined,
    sort: of.get('sort') === 'oldest' ? 'oldest' : undefined,
  })
  return (
    <Page>
      <PageHead title="Rollouts" sub="Each release that went, or is on its way, into an environment." />
      <Panel title={asked ? 'Found' : 'All rollouts'} flush aside={<Filters filters={filters} />}>
        <Listed
          list={list}
          what="the rollouts"
          empty={asked ? <Empty title="No rollout is like that">Ask for another state, service or environment.</Empty> : <Empty title="No rollouts yet">A run that passes its stages begins one in each environment.</Empty>}
        >
          {(rollouts) => <Table caption="Rollouts" rows={rollouts} rowKey={(r) => r.id} columns={columns} />}
        </Listed>
      </Panel>
    </Page>
  )
}
