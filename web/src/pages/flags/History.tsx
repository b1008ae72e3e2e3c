import { useState } from 'preact/compat'
import { useGet, useWrite } from '../../api/query'
import type { Answer } from '../../api/client'
import { Ago } from '../../kit/Ago'
import { Button } from '../../kit/Button'
import { Dialog } from '../../kit/Dialog'
import { Input } from '../../kit/Input'
import { Loaded } from '../../kit/Loaded'
import { Mistakes } from '../../kit/Mistakes'
import { Panel } from '../../kit/Panel'
import { useMay } from '../../session/session'
import type { FlagDetail } from './FlagPage'
import { Changes } from './Proposals'
import css from './flags.module.css'

type Revision = Answer<'/flags/{project}/{flag}/history'>['items'][number]

/** What a flag was before: who changed what and why, and the way back. */
export function History({ flag }: { flag: FlagDetail }) {
  const history = useGet('/flags/{project}/{flag}/history', { project: flag.project, flag: flag.key, limit: 20 })
  const [back, setBack] = useState<Revision | null>(null)
  const may = useMay('deployer')
  return (
    <Panel title="History" flush>
      <Loaded query={history} what="the history" lines={4}>
        {(page) => (
          <ol className={css.rows} aria-label="Versions, newest first">
            {page.items.map((r) => (
              <li key={r.version} className={css.row}>
                <div className={css.what}>
                  <div>
                    <bdi>{r.text}</bdi>
                  </div>
                  <div className={css.quiet}>
                    version {r.version} · <bdi>{r.actor}</bdi> <Ago at={r.at} />
                    {r.approved && (
                      <>
                        , approved by <bdi>{r.approved}</bdi>
                      </>
                    )}
                    {r.reason && (
                      <>
                        {' '}
                        · <bdi>{r.reason}</bdi>
                      </>
                    )}
                  </div>
                  <Changes of={r.changes} />
                </div>
                {may && r.version < flag.version && (
                  <Button onClick={() => setBack(r)} aria-label={`Go back to version ${r.version}`}>
                    Go back to
                  </Button>
                )}
              </li>
            ))}
          </ol>
        )}
      </Loaded>
      {back && <UndoDialog flag={flag} to={back} onClose={() => setBack(null)} />}
    </Panel>
  )
}

function UndoDialog({ flag, to, onClose }: { flag: FlagDetail; to: Revision; onClose: () => void }) {
  const undo = useWrite('post', '/flags/{project}/{flag}/undo')
  const [reason, setReason] = useState('')
  return (
    <Dialog
      title={`Make ${flag.key} what it was in version ${to.version}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button kind="primary" busy={undo.isPending} onClick={() => undo.mutate({ params: { project: flag.project, flag: flag.key }, body: { to: to.version, reason: reason.trim() || undefined } }, { onSuccess: onClose })}>
            Go back
          </Button>
        </>
      }
    >
      <p>It is so at once, in all environments. What it is now stays in the history as version {flag.version}, so this can be undone in the same way.</p>
      <Input label="Why (may be empty)" value={reason} onChange={setReason} maxLength={500} />
      <Mistakes of={undo.error} />
    </Dialog>
  )
}
