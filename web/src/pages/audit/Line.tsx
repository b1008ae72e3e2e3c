import { useState, type ReactNode } from 'preact/compat'
import type { Event } from '../../api/types'
import { count } from '../../format/number'
import { clock, inFull } from '../../format/time'
import { Anchor } from '../../kit/Anchor'
import { Commit, Digest } from '../../kit/Code'
import { Icon } from '../../kit/Icon'
import css from './audit.module.css'

/** One line of the journal; its further facts unfold. */
export function Line({ event: e, onKind }: { event: Event; onKind: (kind: string) => void }) {
  const [open, setOpen] = useState(false)
  return (
    <li className={css.line}>
      <time dateTime={e.at} title={inFull(e.at)}>
        {clock(e.at)}
      </time>
      <div className={css.what}>
        <div className={css.text}>
          <bdi>{e.text}</bdi>
        </div>
        <div className={css.about}>
          <button type="button" className={css.kind} title={`Only ${e.kind}`} onClick={() => onKind(e.kind)}>
            {e.kind}
          </button>
          <span>
            by <bdi>{e.actor}</bdi>
          </span>
          <Places event={e} />
          <button type="button" className={css.unfold} aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name={open ? 'down' : 'right'} size={11} />
            line {count(e.seq)}
          </button>
        </div>
        {open && <Facts event={e} />}
      </div>
    </li>
  )
}

/** Where the line leads. */
function Places({ event: e }: { event: Event }) {
  return (
    <>
      {e.service && !e.rollout && !e.run && <Anchor to={`/services/${e.service}`}>{e.service}</Anchor>}
      {e.rollout && <Anchor to={`/rollouts/${e.rollout}`}>{e.rollout}</Anchor>}
      {e.run && !e.rollout && <Anchor to={`/runs/${e.run}`}>{e.run}</Anchor>}
    </>
  )
}

function Facts({ event: e }: { event: Event }) {
  const facts: [string, ReactNode][] = []
  const add = (name: string, value: ReactNode) => value && facts.push([name, value])
  add('when', inFull(e.at).split('\n')[1])
  add('service', e.service && <Anchor to={`/services/${e.service}`}>{e.service}</Anchor>)
  add('environment', e.environment)
  add('run', e.run && <Anchor to={`/runs/${e.run}`}>{e.run}</Anchor>)
  add('release', e.release && <Anchor to={`/releases/${e.release}`}>{e.release}</Anchor>)
  add('rollout', e.rollout && <Anchor to={`/rollouts/${e.rollout}`}>{e.rollout}</Anchor>)
  add('commit', e.commit && <Commit of={e.commit} />)
  add('artifact', e.digest && <Digest of={e.digest} />)
  for (const [name, value] of Object.entries(e.data ?? {})) add(name, <bdi>{value}</bdi>)
  return (
    <dl className={css.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
