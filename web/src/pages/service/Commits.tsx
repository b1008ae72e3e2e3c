import type { Run } from '../../api/types'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Commit } from '../../kit/Code'
import { Empty } from '../../kit/Empty'
import { State } from '../../kit/State'
import { Table, type Column } from '../../kit/Table'
import css from './service.module.css'

const most = 6 // environments that have a column of their own

/** The last commits and how far each got; every one is accounted for. */
export function Commits({ runs, environments }: { runs: Run[]; environments: string[] }) {
  if (runs.length === 0) return <Empty small>No commit was pushed yet.</Empty>
  const columns: Column<Run>[] = [
    {
      name: 'Commit',
      cell: (r) => (
        <div className={css.subject}>
          <Anchor strong to={`/runs/${r.id}`}>
            <bdi>{r.subject || r.id}</bdi>
          </Anchor>
          <div className={css.small}>
            <Commit of={r.commit} /> by <bdi>{r.author}</bdi>
          </div>
        </div>
      ),
    },
    { name: 'Run', cell: (r) => <State of={r.phase} /> },
    ...environments.slice(0, most).map((name): Column<Run> => ({ name, cell: (r) => <Stop run={r} environment={name} /> })),
    { name: 'What became of it', cell: (r) => <div className={css.subject}>{outcome(r)}</div> },
    { name: 'Pushed', number: true, cell: (r) => <Ago at={r.created} /> },
  ]
  return <Table caption="The last commits and how far each got" rows={runs} rowKey={(r) => r.id} columns={columns} />
}

function Stop({ run, environment }: { run: Run; environment: string }) {
  const d = run.deployments.find((one) => one.environment === environment)
  if (!d || d.phase === 'skipped') return <span className={css.small}>–</span>
  const state = <State of={d.phase} text={d.outcome && d.phase === 'failed' ? d.outcome.replaceAll('-', ' ') : undefined} />
  return d.rollout ? <Anchor to={`/rollouts/${d.rollout}`}>{state}</Anchor> : state
}

function outcome(r: Run): string {
  if (r.superseded_by) return `made way for ${r.superseded_by}`
  if (r.stopped_by) return `stopped by ${r.stopped_by}`
  return r.final ? (r.why ?? '').split('\n', 1)[0] ?? '' : 'under way'
}
