import { useGet } from '../../api/query'
import type { Rollout } from '../../api/types'
import { Empty } from '../../kit/Empty'
import { Findings } from '../../kit/Findings'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { Timeline } from '../../kit/Timeline'
import { Compare } from '../../picture/Compare'
import { Density } from '../../picture/Density'
import { Evidence } from '../../picture/Evidence'
import { Over } from '../../picture/Over'
import { usePicture } from '../../picture/usePicture'
import { Flow } from './Flow'
import { Sentence } from './Sentence'
import { Steps } from './Steps'
import css from './rollout.module.css'

/** The parts of the page below its head. */
export function Body({ rollout: r }: { rollout: Rollout }) {
  const picture = usePicture('/rollouts/{rollout}/picture', { rollout: r.id }, r.final)
  const timeline = useGet('/timeline', { rollout: r.id, limit: 200 })
  const events = timeline.data?.items ?? []
  const names = { fresh: `${r.release} (new)`, stale: r.from ? `${r.from} (old)` : 'old' }
  return (
    <>
      <Sentence rollout={r} />
      <div className={css.top}>
        <Panel title="Traffic" aside={picture.data && !r.final ? 'the last five seconds' : undefined}>
          <Flow rollout={r} moments={r.final ? [] : (picture.data?.moments ?? [])} step={picture.data?.step ?? 1} />
        </Panel>
        <Panel title="Steps" aside={r.steps.length > 0 && `${Math.min(r.step + 1, r.steps.length)} of ${r.steps.length}`}>
          <Steps rollout={r} events={events} />
        </Panel>
      </div>
      <Loaded query={picture} what="what the router measured">
        {(p) =>
          p.moments.length > 0 ? (
            <>
              {r.from && (
                <div className={css.charts}>
                  <Panel title="Is the new version worse?">
                    <Evidence moments={p.moments} names={{ bad: 'worse: roll back', good: 'safe: go on' }} />
                  </Panel>
                  <Panel title="Side by side">
                    <div className={css.beside}>
                      <Density fresh={p.fresh} stale={p.stale} names={names} />
                    </div>
                  </Panel>
                  <Panel title="In numbers">
                    <Compare fresh={p.fresh} stale={p.stale} names={{ fresh: r.release, stale: r.from }} />
                  </Panel>
                  <Panel title="Gates, tests and verdicts" flush>
                    <Findings findings={[...r.findings].reverse()} />
                  </Panel>
                </div>
              )}
              <Panel title="Over time">
                <Over moments={p.moments} step={p.step} names={names} />
              </Panel>
            </>
          ) : (
            <Panel title="Side by side">
              <Empty small>{r.final ? 'The new version never had traffic, so there is nothing to compare.' : 'When the new version has its first traffic, both versions stand here side by side, second by second.'}</Empty>
            </Panel>
          )
        }
      </Loaded>
      {!(r.from && picture.data && picture.data.moments.length > 0) && (
        <Panel title="Gates, tests and verdicts" flush>
          <Findings findings={[...r.findings].reverse()} />
        </Panel>
      )}
      <Panel title="What happened" flush>
        <Loaded query={timeline} what="what happened">
          {(page) => <Timeline events={page.items} label="What happened in this rollout, newest first" />}
        </Loaded>
      </Panel>
    </>
  )
}
