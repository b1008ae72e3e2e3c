import { useState } from 'preact/compat'
import type { Answer } from '../../api/client'
import { useGet } from '../../api/query'
import { digits } from '../../format/number'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Loaded } from '../../kit/Loaded'
import { Notice } from '../../kit/Notice'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { useMay } from '../../session/session'
import { flagAddress } from '../flags/address'
import { Arms } from './Arms'
import { Effects } from './Effects'
import { MoveDialog, type Move } from './MoveDialog'
import { phaseLook, verdicts } from './words'

export type ExperimentDetail = Answer<'/experiments/{project}/{experiment}'>

const every = 15_000 // ms: what users do is no event

/** What an experiment shows, as a product manager reads it. */
export default function ExperimentPage({ project = '', experiment = '' }: { project?: string; experiment?: string }) {
  const query = useGet('/experiments/{project}/{experiment}', { project, experiment }, { every })
  return (
    <Page>
      <Loaded query={query} what={`the experiment ${experiment}`} lines={8}>
        {(e) => <Body experiment={e} />}
      </Loaded>
    </Page>
  )
}

function Body({ experiment: e }: { experiment: ExperimentDetail }) {
  const verdict = e.result && (verdicts[e.result.verdict] ?? { tone: 'info' as const, text: e.result.verdict })
  return (
    <>
      <PageHead
        title={e.name}
        crumbs={[
          { text: 'Flags', to: '/flags' },
          { text: 'Experiments', to: '/experiments' },
        ]}
        state={<State of={phaseLook[e.phase] ?? 'pending'} text={e.phase} />}
        sub={
          <>
            <bdi>{e.hypothesis}</bdi>
            <br />
            On <Anchor to={flagAddress(e.project, e.flag)}>{e.flag}</Anchor> in {e.environment}, against {e.control}
            {e.owner && (
              <>
                {' '}
                · <bdi>{e.owner}</bdi>
              </>
            )}{' '}
            · {e.started ? <>began <Ago at={e.started} /></> : <>made <Ago at={e.created} /></>}
            {e.stopped && <>, stopped <Ago at={e.stopped} /></>} · {digits(100 * e.alpha)} % chance of any wrong answer
          </>
        }
        actions={<Actions experiment={e} />}
      />
      {e.decision && (
        <Notice
          tone={e.decision.against ? 'wait' : 'good'}
          title={`Decided for ${e.decision.variant}${e.decision.against ? ', against the numbers' : ''}`}
          text={
            <>
              <bdi>{e.decision.reason}</bdi> · <bdi>{e.decision.actor}</bdi>, <Ago at={e.decision.at} />
            </>
          }
        />
      )}
      {e.result && verdict ? (
        <>
          <Notice tone={verdict.tone} title={e.result.winner ? `${verdict.text}: ${e.result.winner}` : verdict.text} text={e.result.sentence} />
          <Panel title="Who got what">
            <Arms result={e.result} />
          </Panel>
          {e.result.comparisons.length > 0 && (
            <Panel title="What difference it makes" aside={e.result.alarm ? 'not to be believed now' : undefined}>
              <Effects experiment={e} result={e.result} />
            </Panel>
          )}
        </>
      ) : (
        <Empty title="It has not begun">
          When it is started, it counts who sees which variant of {e.flag} and what they do: {e.metrics.map((m) => m.name).join(', ')}.
        </Empty>
      )}
    </>
  )
}

/** What can be done with it now. */
function Actions({ experiment: e }: { experiment: ExperimentDetail }) {
  const [move, setMove] = useState<Move | null>(null)
  const may = useMay('deployer')
  if (!may || e.phase === 'decided') return null
  return (
    <>
      {e.phase === 'draft' && (
        <Button kind="primary" icon="play" onClick={() => setMove('start')}>
          Start
        </Button>
      )}
      {e.phase === 'running' && (
        <Button icon="pause" onClick={() => setMove('stop')}>
          Stop
        </Button>
      )}
      {e.phase !== 'draft' && (
        <Button kind="primary" icon="check" onClick={() => setMove('decide')}>
          Decide
        </Button>
      )}
      {move && <MoveDialog experiment={e} move={move} onClose={() => setMove(null)} />}
    </>
  )
}
