import { useState } from 'preact/compat'
import { useGet } from '../../api/query'
import type { Answer } from '../../api/client'
import { Empty } from '../../kit/Empty'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { useMay, useSession } from '../../session/session'
import { NewToken } from './NewToken'
import { RevokeToken } from './RevokeToken'
import { TokenRow } from './TokenRow'
import css from './settings.module.css'

export type Token = Answer<'/tokens'>['items'][number]

/** Who may do what: credentials of people and programs. */
export function TokensPart() {
  const { session } = useSession()
  if (!useMay('admin')) {
    return (
      <Panel title="Tokens">
        <Empty title="Only admins see tokens">
          You are {session?.name} ({session?.role}). An admin can make one for you: <code>davit token create NAME --role deployer</code>
        </Empty>
      </Panel>
    )
  }
  return (
    <>
      <NewToken />
      <Tokens />
    </>
  )
}

function Tokens() {
  const tokens = useGet('/tokens', {})
  const [leaving, setLeaving] = useState<Token | null>(null)
  return (
    <Panel title="Tokens in use" flush>
      <Loaded query={tokens} what="the tokens" lines={6}>
        {(page) => (
          <ul className={css.channels} aria-label="Tokens in use">
            {page.items.map((t) => (
              <TokenRow key={t.id} token={t} onRevoke={() => setLeaving(t)} />
            ))}
          </ul>
        )}
      </Loaded>
      {leaving && <RevokeToken token={leaving} onClose={() => setLeaving(null)} />}
    </Panel>
  )
}
