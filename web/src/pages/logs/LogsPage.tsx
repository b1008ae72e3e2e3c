import { useSearchParams } from 'wouter-preact'
import { useGet } from '../../api/query'
import { Loaded } from '../../kit/Loaded'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { Ago } from '../../kit/Ago'
import { Table } from '../../kit/Table'
import { Empty } from '../../kit/Empty'
import { LogView } from '../../logs/LogView'
import css from './logs.module.css'

const tail = 10_000 // last lines of each instance

/** What the instances of a service print, as they print it; which instance stands in the address. */
export default function LogsPage({ service = '', environment = '' }: { service?: string; environment?: string }) {
  const [query, setQuery] = useSearchParams()
  const chosen = query.get('instance') ?? ''
  const instances = useGet('/services/{service}/environments/{environment}/instances', { service, environment }, { every: 5000 })
  return (
    <Page>
      <PageHead
        title={`Logs of ${service} in ${environment}`}
        crumbs={[
          { text: 'Services', to: '/services' },
          { text: service, to: `/services/${service}` },
        ]}
        sub="What its instances print, as they print it."
      />
      <Loaded query={instances} what={`the instances of ${service} in ${environment}`} lines={4}>
        {(page) => (
          <>
            <Panel title="Instances" flush>
              {page.items.length === 0 ? (
                <Empty small>No instance runs here now. What was printed before stands below, as far as it is kept.</Empty>
              ) : (
                <Table
                  caption="Instances"
                  rows={page.items}
                  rowKey={(i) => i.id}
                  columns={[
                    { name: 'Instance', cell: (i) => <span className={css.id}>{i.id}</span> },
                    { name: 'Release', cell: (i) => i.release },
                    { name: 'State', cell: (i) => <State of={i.state} /> },
                    { name: 'Started again', number: true, cell: (i) => (i.restarts === 0 ? 'never' : i.restarts === 1 ? 'once' : `${i.restarts} times`) },
                    { name: 'Started', number: true, cell: (i) => <Ago at={i.started} /> },
                  ]}
                />
              )}
            </Panel>
            <Panel
              title="Log"
              flush
              aside={
                <select className={css.choice} aria-label="Of which instance" value={chosen} onChange={(e) => setQuery(e.currentTarget.value ? { instance: e.currentTarget.value } : {}, { replace: true })}>
                  <option value="">All instances</option>
                  {[...new Set([...page.items.map((i) => i.id), chosen].filter(Boolean))].map((id) => (
                    <option key={id}>{id}</option>
                  ))}
                </select>
              }
            >
              <LogView key={chosen} path="/services/{service}/environments/{environment}/log" params={{ service, environment, instance: chosen || undefined, tail, follow: true }} mixed={chosen || 'All instances, in the order of their lines'} />
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  )
}
