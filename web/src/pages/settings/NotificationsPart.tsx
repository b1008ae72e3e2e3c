import { useState } from 'preact/compat'
import type { Answer } from '../../api/client'
import { useGet } from '../../api/query'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { useMay } from '../../session/session'
import { ChannelForm } from './ChannelForm'
import { ChannelRow } from './ChannelRow'
import { RemoveChannel } from './RemoveChannel'
import css from './settings.module.css'

export type Channel = Answer<'/notifications'>['items'][number]

/** Who is told what happens, and whether they can be reached. */
export function NotificationsPart() {
  const channels = useGet('/notifications', {}, { every: 10_000 })
  const admin = useMay('admin')
  const [form, setForm] = useState<Channel | 'new' | null>(null)
  const [leaving, setLeaving] = useState<Channel | null>(null)
  const add = admin && (
    <Button kind="primary" onClick={() => setForm('new')}>
      Tell somebody
    </Button>
  )
  return (
    <>
      {form && <ChannelForm key={form === 'new' ? 'new' : form.name} channel={form === 'new' ? undefined : form} onClose={() => setForm(null)} />}
      <Panel title="Who is told" aside={!form && channels.data?.items.length ? add : undefined} flush>
        <Loaded query={channels} what="who is told" lines={4}>
          {(page) =>
            page.items.length > 0 ? (
              <ul className={css.channels} aria-label="Who is told">
                {page.items.map((c) => (
                  <ChannelRow key={c.name} channel={c} admin={admin} onChange={() => setForm(c)} onRemove={() => setLeaving(c)} />
                ))}
              </ul>
            ) : (
              <Empty title="Nobody is told yet" action={!form && add}>
                A chat room, a mailbox or a webhook hears when a release is taken back, when something waits for a person, and what is new in an environment. {!admin && 'An admin adds one: davit notify add NAME'}
              </Empty>
            )
          }
        </Loaded>
      </Panel>
      {leaving && <RemoveChannel channel={leaving} onClose={() => setLeaving(null)} />}
    </>
  )
}
