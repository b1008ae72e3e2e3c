import type { Answer } from '../../api/client'
import { useList } from '../../api/query'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Empty } from '../../kit/Empty'
import { LinkButton } from '../../kit/LinkButton'
import { Listed } from '../../kit/Listed'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { Table, type Column } from '../../kit/Table'
import { useMay } from '../../session/session'
import { experimentAddress } from './address'
import { phaseLook } from './words'

export type Experiment = Answer<'/experiments'>['items'][number]

const columns: Column<Experiment>[] = [
  {
    name: 'Experiment',
    cell: (e) => (
      <>
        <Anchor strong to={experimentAddress(e.project, e.name)}>
          {e.name}
        </Anchor>
        <div>
          <bdi>{e.hypothesis}</bdi>
        </div>
      </>
    ),
  },
  { name: 'State', cell: (e) => <State of={phaseLook[e.phase] ?? 'pending'} text={e.phase} /> },
  { name: 'Flag', cell: (e) => <Anchor to={`/flags/${e.project}/${encodeURIComponent(e.flag)}`}>{e.flag}</Anchor> },
  { name: 'Environment', cell: (e) => e.environment },
  { name: 'Owner', cell: (e) => <bdi>{e.owner}</bdi> },
  { name: 'Made', number: true, cell: (e) => <Ago at={e.created} /> },
]

/** All experiments, newest first. */
export default function ExperimentsPage() {
  const list = useList('/experiments', { limit: 50 })
  const may = useMay('deployer')
  return (
    <Page>
      <PageHead
        title="Experiments"
        crumbs={[{ text: 'Flags', to: '/flags' }]}
        sub="Which of two is better, measured on the users who get them."
        actions={
          may && (
            <LinkButton kind="primary" to="/experiments/new">
              Plan an experiment
            </LinkButton>
          )
        }
      />
      <Panel title="All experiments" flush>
        <Listed
          list={list}
          what="the experiments"
          empty={
            <Empty title="No experiments yet">
              {may ? (
                <>
                  Split a flag’s users, then <Anchor to="/experiments/new">plan one</Anchor>: say what you expect, and how it is measured.
                </>
              ) : (
                <>
                  Split a flag’s users, then plan one: <code>davit experiments --help</code> shows how.
                </>
              )}
            </Empty>
          }
        >
          {(all) => <Table caption="Experiments" rows={all} rowKey={(e) => `${e.project}/${e.name}`} columns={columns} />}
        </Listed>
      </Panel>
    </Page>
  )
}
