import { useState } from 'preact/compat'
import type { Answer } from '../../api/client'
import { useGet } from '../../api/query'
import { digits } from '../../format/number'
import { duration } from '../../format/time'
import { Ago } from '../../kit/Ago'
import { Button } from '../../kit/Button'
import { Notice } from '../../kit/Notice'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { StepList } from '../../kit/StepList'
import { Took } from '../../kit/Took'
import { Weight } from '../../kit/Weight'
import { useMay } from '../../session/session'
import { RampOver } from './RampOver'
import { RampPicture } from './RampPicture'
import { SteerRamp, type Wish } from './SteerRamp'
import css from './flags.module.css'

export type Ramp = Answer<'/ramps'>['items'][number]

const looks: Record<string, { of: string; text?: string }> = {
  pending: { of: 'pending' },
  raising: { of: 'shifting', text: 'raising' },
  holding: { of: 'baking', text: 'being judged' },
  paused: { of: 'held', text: 'paused' },
  lowering: { of: 'rolling-back', text: 'going back' },
  done: { of: 'done' },
  failed: { of: 'failed', text: 'taken back' },
  aborted: { of: 'rolled-back', text: 'aborted' },
  cancelled: { of: 'cancelled' },
}

const every = 5000 // ms: what the judge says is no event

/** One ramp: who has the variant, the steps, what the judge says, and what can be done. */
export function RampPanel({ ramp: listed }: { ramp: Ramp }) {
  const over = Boolean(listed.ended)
  const query = useGet('/flags/{project}/{flag}/ramps/{environment}', { project: listed.project, flag: listed.flag, environment: listed.environment }, { every: over ? false : every })
  const r = query.data ?? listed
  const look = looks[r.phase] ?? { of: r.phase }
  const judged = r.word ? `The judge: ${r.word}` : undefined
  return (
    <Panel
      title={
        <>
          Ramp in {r.environment} <State {...look} />
        </>
      }
      aside={<Steering ramp={r} />}
    >
      <div className={css.ramp}>
        <div className={css.form}>
          <Weight percent={r.share} fresh={r.variant} old={r.control} />
          {r.reason && <Notice tone={r.phase === 'done' ? 'good' : r.phase === 'cancelled' ? 'info' : 'bad'} title={r.reason} text={r.locked ? 'It is locked: no ramp of this flag may follow here until somebody unlocks it.' : undefined} />}
          {r.held && <Notice tone="wait" title={`Paused by ${r.held}`} text="The judge goes on watching: if it proves harm, the variant is taken back all the same." />}
          {judged && <Notice tone={r.verdict === 'FAIL' ? 'bad' : r.verdict === 'PASS' ? 'good' : 'info'} title={judged} text={`Judged by the traffic of ${r.service || 'nobody: no service is named'}; on a FAIL ${backs[r.back] ?? r.back}.`} />}
          {r.waiting && r.waiting.length > 0 && <Notice tone="wait" title="Waits" text={r.waiting.join('\n')} />}
          <p className={css.quiet}>
            Begun by <bdi>{r.actor}</bdi> <Ago at={r.created} />
            {r.ended ? (
              <>
                , over <Ago at={r.ended} />
              </>
            ) : (
              <>
                ; in this state since <Ago at={r.since} />
                {r.deadline && (
                  <>
                    , at the latest until <Ago at={r.deadline} />
                  </>
                )}
              </>
            )}
          </p>
          <RampOver ramp={r} />
        </div>
        <StepList label={`Steps of the ramp in ${r.environment}`} steps={steps(r)} />
      </div>
      {r.service && <RampPicture ramp={r} />}
    </Panel>
  )
}

const backs: Record<string, string> = { nobody: 'nobody keeps the variant', previous: 'the share goes back to the step before', off: 'the flag is turned off' }

/** How many seconds a span such as 1h30m0s has. */
function seconds(span = ''): number {
  const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 }
  return [...span.matchAll(/([\d.]+)(ms|[hms])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * (units[unit ?? ''] ?? 0), 0)
}

const most = 12 // steps listed one by one; a ramp by time has many

function steps(r: Ramp) {
  const gone = r.phase === 'failed' || r.phase === 'aborted' || r.phase === 'lowering'
  const all = r.steps.map((s, i) => ({
    name: `${digits(s.share)} %`,
    state: r.phase === 'done' || i < r.step ? ('done' as const) : i > r.step || r.phase === 'pending' || r.phase === 'cancelled' ? ('to come' as const) : gone ? ('back' as const) : ('now' as const),
    clock: i === r.step && !r.ended && !gone ? <Took from={r.since} /> : [s.approve && 'a person', s.judge === 'pass' && 'judged', s.judge === 'watch' && 'watched', seconds(s.hold) > 0 && `at least ${duration(seconds(s.hold))}`].filter(Boolean).join(', '),
  }))
  if (all.length <= most) return all
  const from = Math.max(0, Math.min(r.step - 2, all.length - most))
  return all.slice(from, from + most)
}

function Steering({ ramp: r }: { ramp: Ramp }) {
  const [wish, setWish] = useState<Wish | null>(null)
  const may = useMay('deployer')
  const steered = !r.ended && r.phase !== 'lowering'
  if (!may || (!steered && !r.locked)) return null
  return (
    <div className={css.buttons}>
      {steered && (
        <>
          {r.phase === 'paused' ? (
            <Button kind="primary" icon="play" onClick={() => setWish('resume')}>
              Resume
            </Button>
          ) : (
            <Button icon="pause" onClick={() => setWish('hold')}>
              Hold
            </Button>
          )}
          <Button icon="right" onClick={() => setWish('advance')}>
            Promote
          </Button>
          <Button kind="danger" icon="back" onClick={() => setWish('abort')}>
            Abort
          </Button>
        </>
      )}
      {r.locked && <Button onClick={() => setWish('unlock')}>Unlock</Button>}
      {wish && <SteerRamp ramp={r} wish={wish} onClose={() => setWish(null)} />}
    </div>
  )
}
