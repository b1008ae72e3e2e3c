import { useGet } from '../../api/query'
import type { Rollout } from '../../api/types'
import { Anchor } from '../../kit/Anchor'
import { Commit } from '../../kit/Code'
import { Loaded } from '../../kit/Loaded'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { State } from '../../kit/State'
import { Took } from '../../kit/Took'
import { Actions } from './Actions'
import { Body } from './Body'

/** One release replacing another: who gets how much, what the judge sees, what comes next. */
export default function RolloutPage({ rollout = '' }: { rollout?: string }) {
  const query = useGet('/rollouts/{rollout}', { rollout }, { every: 1000 })
  return (
    <Page>
      <Loaded query={query} what={`the rollout ${rollout}`} lines={8}>
        {(r) => (
          <>
            <Head rollout={r} />
            <Body rollout={r} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Head({ rollout: r }: { rollout: Rollout }) {
  return (
    <PageHead
      title={`${r.release} → ${r.environment}`}
      crumbs={[
        { text: 'Services', to: '/services' },
        { text: r.service, to: `/services/${r.service}` },
      ]}
      state={<State of={r.phase} />}
      sub={
        <>
          {r.intent === 'rollback' ? 'Going back' : 'Rolling out'} <Anchor to={`/releases/${r.release}`}>{r.release}</Anchor> (<Commit of={r.commit} />)
          {r.from && (
            <>
              {' '}
              in place of <Anchor to={`/releases/${r.from}`}>{r.from}</Anchor>
            </>
          )}{' '}
          by {r.strategy}
          {r.run && (
            <>
              , from <Anchor to={`/runs/${r.run}`}>{r.run}</Anchor>
            </>
          )}{' '}
          · <Took from={r.created} to={r.ended} />
        </>
      }
      actions={<Actions rollout={r} />}
    />
  )
}
