import { useSearchParams } from 'wouter-preact'
import { useGet } from '../../api/query'
import type { Run } from '../../api/types'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Commit, Digest } from '../../kit/Code'
import { Loaded } from '../../kit/Loaded'
import { Notice } from '../../kit/Notice'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { Took } from '../../kit/Took'
import { Deployments } from './Deployments'
import { Graph } from './Graph'
import { Log } from './Log'
import { RunActions } from './RunActions'
import { Spent } from './Spent'
import { Tests } from './Tests'
import css from './run.module.css'

/** One commit's way: stages, tests, log, where the time went, how far it got. */
export default function RunPage({ run = '' }: { run?: string }) {
  const query = useGet('/runs/{run}', { run })
  return (
    <Page>
      <Loaded query={query} what={`the run ${run}`} lines={8}>
        {(r) => <Whole run={r} />}
      </Loaded>
    </Page>
  )
}

function Whole({ run: r }: { run: Run }) {
  const [params, setParams] = useSearchParams()
  return (
    <>
      <PageHead
        title={r.subject || r.id}
        crumbs={[
          { text: 'Services', to: '/services' },
          { text: r.service, to: `/services/${r.service}` },
        ]}
        state={<State of={r.phase} />}
        sub={
          <>
            {r.id} · <Commit of={r.commit} /> on <bdi>{r.branch}</bdi> by <bdi>{r.author}</bdi> · pushed <Ago at={r.created} /> · <Took from={r.created} to={r.ended} />
            {r.release && (
              <>
                {' '}
                · release <Anchor to={`/releases/${r.release}`}>{r.release}</Anchor> <Digest of={r.artifact} />
              </>
            )}
          </>
        }
        actions={<RunActions run={r} />}
      />
      {r.why && (
        <Notice
          tone={r.phase === 'succeeded' ? 'good' : r.phase === 'failed' ? 'bad' : 'info'}
          title={<bdi>{r.why.split('\n', 1)[0]}</bdi>}
          text={r.why.includes('\n') ? r.why.slice(r.why.indexOf('\n') + 1) : undefined}
          action={r.superseded_by && <Anchor to={`/runs/${r.superseded_by}`}>{r.superseded_by}</Anchor>}
        />
      )}
      {r.stages.length > 0 && (
        <Panel title="Stages" flush>
          <Graph stages={r.stages} chosen={params.get('stage') ?? ''} onChoose={(stage) => setParams(stage ? { stage } : {}, { replace: true })} />
        </Panel>
      )}
      <div className={css.two}>
        <Panel title="Where the time went">
          <Spent run={r} />
        </Panel>
        <Panel title="Environments" flush>
          <Deployments run={r} />
        </Panel>
      </div>
      {r.stages.some((s) => s.tests) && (
        <Panel title="Tests" flush>
          <Tests stages={r.stages} />
        </Panel>
      )}
      <Log run={r} />
    </>
  )
}
