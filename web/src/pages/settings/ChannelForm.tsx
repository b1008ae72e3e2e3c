import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Field } from '../../kit/Field'
import { Panel } from '../../kit/Panel'
import { Mistakes } from '../../kit/Mistakes'
import type { Channel } from './NotificationsPart'
import { words } from './words'
import css from './settings.module.css'

type Kind = Channel['kind']

const addresses: Record<Kind, string> = {
  slack: 'https://hooks.example.com/services/…',
  webhook: 'https://example.com/davit',
  email: 'smtp://user:password@mail.example.com:587?from=davit@example.com&to=team@example.com',
}

/** Adds a channel, or changes one; its address is kept sealed and never shown again. */
export function ChannelForm({ channel, onClose }: { channel?: Channel; onClose: () => void }) {
  const set = useWrite('put', '/notifications')
  const [name, setName] = useState(channel?.name ?? '')
  const [kind, setKind] = useState<Kind>(channel?.kind ?? 'slack')
  const [url, setUrl] = useState('')
  const [key, setKey] = useState('')
  const [events, setEvents] = useState(channel && !channel.usual ? (channel.events ?? []).join(', ') : '')
  const [services, setServices] = useState(channel?.services?.join(', ') ?? '')
  const [environments, setEnvironments] = useState(channel?.environments?.join(', ') ?? '')
  const send = () =>
    set.mutate(
      { params: {}, body: { name: name.trim(), kind, url: url.trim() || undefined, key: key || undefined, events: words(events), services: words(services), environments: words(environments) } },
      { onSuccess: onClose },
    )
  return (
    <Panel title={channel ? `Change ${channel.name}` : 'Tell somebody'}>
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault()
          send()
        }}
      >
        <div className={css.fields}>
          {!channel && (
            <Field label="Name" hint="Such as on-call: small letters, digits and -">
              {(id, described) => <input id={id} aria-describedby={described} value={name} onChange={(e) => setName(e.currentTarget.value)} required maxLength={63} pattern="[a-z0-9]([a-z0-9\-]*[a-z0-9])?" autoCapitalize="off" spellcheck={false} autoComplete="off" />}
            </Field>
          )}
          <Field label="Kind">
            {(id) => (
              <select id={id} value={kind} onChange={(e) => setKind(e.currentTarget.value as Kind)}>
                <option value="slack">chat room (Slack, Mattermost …)</option>
                <option value="webhook">webhook</option>
                <option value="email">mailbox</option>
              </select>
            )}
          </Field>
          {kind === 'webhook' && (
            <Field label="Key" hint="Signs what is sent (X-Davit-Signature); may be empty">
              {(id, described) => <input id={id} aria-describedby={described} type="password" autoComplete="new-password" value={key} onChange={(e) => setKey(e.currentTarget.value)} maxLength={200} />}
            </Field>
          )}
        </div>
        <Field label="Address" hint={channel ? 'Empty: as it is. It is kept sealed and not shown.' : 'It holds a secret: it is kept sealed and not shown again.'}>
          {(id, described) => (
            <input id={id} aria-describedby={described} value={url} onChange={(e) => setUrl(e.currentTarget.value)} required={!channel} maxLength={4096} placeholder={addresses[kind]} autoCapitalize="off" spellcheck={false} autoComplete="off" inputMode="url" />
          )}
        </Field>
        <div className={css.fields}>
          <Field label="Events" hint="Kinds, or beginnings such as rollout.*; empty: what was taken back, waits for a person, or is new">
            {(id, described) => <input id={id} aria-describedby={described} value={events} onChange={(e) => setEvents(e.currentTarget.value)} autoCapitalize="off" spellcheck={false} />}
          </Field>
          <Field label="Only of these services" hint="With commas; empty: all">
            {(id, described) => <input id={id} aria-describedby={described} value={services} onChange={(e) => setServices(e.currentTarget.value)} autoCapitalize="off" spellcheck={false} />}
          </Field>
          <Field label="Only in these environments" hint="With commas; empty: all">
            {(id, described) => <input id={id} aria-describedby={described} value={environments} onChange={(e) => setEnvironments(e.currentTarget.value)} autoCapitalize="off" spellcheck={false} />}
          </Field>
        </div>
        <Mistakes of={set.error} />
        <div className={css.buttons}>
          <Button kind="primary" type="submit" busy={set.isPending}>
            {channel ? 'Change it' : 'Tell them from now on'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Panel>
  )
}
