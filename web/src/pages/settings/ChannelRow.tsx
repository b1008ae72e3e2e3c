import { useWrite } from '../../api/query'
import { count } from '../../format/number'
import { Ago } from '../../kit/Ago'
import { Button } from '../../kit/Button'
import { Notice } from '../../kit/Notice'
import { State } from '../../kit/State'
import { Mistakes } from '../../kit/Mistakes'
import type { Channel } from './NotificationsPart'
import css from './settings.module.css'

/** One channel: whom it reaches, with what, how that goes, and a message to try it. */
export function ChannelRow({ channel: c, admin, onChange, onRemove }: { channel: Channel; admin: boolean; onChange: () => void; onRemove: () => void }) {
  const attempt = useWrite('post', '/notifications/{channel}/try')
  return (
    <li className={css.channel}>
      <div className={css.what}>
        <div className={css.name}>
          <b>{c.name}</b>
          {c.failing ? <State of="failed" text="cannot be reached" /> : c.delivered ? <State of="passed" text="reached" /> : <State of="waiting" text="nothing sent yet" />}
        </div>
        <div className={css.quiet}>
          {c.kind} at {c.address} · {c.usual ? 'the usual events' : (c.events ?? []).join(', ')}
          {c.services && c.services.length > 0 && <> · only {c.services.join(', ')}</>}
          {c.environments && c.environments.length > 0 && <> · in {c.environments.join(', ')}</>}
        </div>
        <div className={css.quiet}>
          added by <bdi>{c.actor}</bdi> <Ago at={c.created} />
          {c.delivered && (
            <>
              {' '}
              · last message <Ago at={c.delivered} />
            </>
          )}
          {c.dropped > 0 && <> · {count(c.dropped)} messages given up</>}
        </div>
        {c.failing && <Notice tone="bad" title={c.failing} text={c.since && <>Since <Ago at={c.since} />; it is tried again by itself, later and later.</>} />}
        {attempt.data && <Notice tone="good" title={attempt.data.text} />}
        <Mistakes of={attempt.error} />
      </div>
      {admin && (
        <div className={css.buttons}>
          <Button busy={attempt.isPending} onClick={() => attempt.mutate({ params: { channel: c.name } })} aria-label={`Try it: ${c.name}`}>
            Try it
          </Button>
          <Button onClick={onChange} aria-label={`Change ${c.name}`}>
            Change
          </Button>
          <Button onClick={onRemove} aria-label={`Remove ${c.name}`}>
            Remove
          </Button>
        </div>
      )}
    </li>
  )
}
