import type { Rollout } from '../../api/types'
import { Ago } from '../../kit/Ago'
import { Command } from '../../kit/Code'
import { Notice } from '../../kit/Notice'

/** In one sentence: how it ended and who decided, or what it waits for and what the judge says. */
export function Sentence({ rollout: r }: { rollout: Rollout }) {
  const back = r.phase === 'rolled-back' || r.phase === 'rolling-back' || r.phase === 'stranded'
  if (back || (r.final && r.reason)) {
    const [first, ...rest] = (r.reason ?? '').split('\n')
    return (
      <Notice
        tone={back ? 'bad' : 'info'}
        title={
          <>
            {back ? 'Taken back' : 'Over'}
            {r.decided_by && <> by {r.decided_by}</>}: <bdi>{first}</bdi>
          </>
        }
        text={rest.length > 0 ? rest.join('\n') : undefined}
      />
    )
  }
  if (r.phase === 'done' || r.phase === 'settling') {
    return <Notice tone="good" title={`${r.release} is the stable version of ${r.environment}.`} text={r.verdict?.reason} />
  }
  const w = r.waiting
  return (
    <Notice
      tone={w && /^davit (approve|promote|resume)/.test(w.who) ? 'wait' : 'info'}
      title={r.verdict?.reason ?? (w ? `Waits for ${w.for}` : `It is ${r.phase}.`)}
      text={
        w && (
          <>
            Waits for {w.for}, since <Ago at={w.since} />.
            {w.until && (
              <>
                {' '}
                {w.then ? `Otherwise ${w.then}` : 'It ends'} <Ago at={w.until} />.
              </>
            )}{' '}
            <Command>{w.who}</Command>
          </>
        )
      }
    />
  )
}
